"""What an answer means: done, retry, token refused, or failed for good.

A vendor's judge wraps `judge_status` or `judge_json` and adds what only this vendor says.
"""

import gc
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any

import orjson

from orchestration.core.errors import ConfigError, SourceError, VoronkaError


@dataclass(frozen=True)
class Answer:
    """The answer of a vendor. The body stays bytes: pages are parsed in DuckDB."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON, parsed once. Raises ValueError if it is not JSON."""
        return self._parsed

    @cached_property
    def _parsed(self) -> Any:
        # Parsed JSON has no reference cycles, and garbage collection during parsing takes longer
        # than the parsing itself.
        collects = gc.isenabled()
        gc.disable()
        try:
            return orjson.loads(self.body)
        finally:
            if collects:
                gc.enable()


@dataclass(frozen=True)
class Done:
    """The answer is good."""


@dataclass(frozen=True)
class Retry:
    """Retry, after the vendor's own number of seconds if it gave one. `advice`: what the user has
    to do if retries do not help."""

    why: str
    after: float | None = None
    advice: str = "run again later"


@dataclass(frozen=True)
class Reauthenticate:
    """The token is refused: renew it once and retry."""

    why: str


@dataclass(frozen=True)
class Fail:
    """A retry cannot help. `advice`: what the user has to do; {token} in it is replaced with the
    environment variable of the token."""

    why: str
    advice: str = ""
    error: type[VoronkaError] = SourceError


Verdict = Done | Retry | Reauthenticate | Fail
Judge = Callable[[Answer], Verdict]

# The keys of error messages for people.
_WORDS = ("title", "detail", "message", "hint", "error", "error_description")


def judge_status(answer: Answer) -> Verdict:
    """Judge by the HTTP status alone."""
    if 200 <= answer.status < 300:
        return Done()
    why = excerpt(answer)
    if answer.status in (408, 429) or answer.status >= 500:
        return Retry(why, retry_after(answer))
    if answer.status == 401:
        return Reauthenticate(why)
    if answer.status == 403:
        return Fail(why, "give the token in {token} the right to read it", ConfigError)
    if answer.status == 404 or answer.status in range(300, 400):
        return Fail(why, "check the address in the config, base_url", ConfigError)
    return Fail(why, "the vendor does not take this request")


def json_or_retry(judge: Judge) -> Judge:
    """The judge for a vendor that answers JSON: a truncated body or an HTML page is not an answer.

    An answer 204 has no body and is not read.
    """

    def judge_body(answer: Answer) -> Verdict:
        verdict = judge(answer)
        if isinstance(verdict, Done) and answer.status != 204:
            try:
                answer.json()
            except ValueError:
                return Retry("a body that is not JSON")
        return verdict

    return judge_body


judge_json = json_or_retry(judge_status)


def retry_after(answer: Answer) -> float | None:
    """The header Retry-After, seconds or a date, in seconds from the answer on."""
    value = answer.headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", value):
        return float(value)
    date = _http_date(value)
    return None if date is None else seconds_until(date.timestamp(), answer)


def seconds_until(moment: float, answer: Answer) -> float:
    """The seconds until a time of the vendor's clock (seconds since 1970), by the vendor's
    clock."""
    date = _http_date(answer.headers.get("date", ""))
    return max(0.0, moment - (time.time() if date is None else date.timestamp()))


def excerpt(answer: Answer) -> str:
    """The vendor's error message; an HTML page has none."""
    kind = answer.headers.get("content-type", "")
    if "text/plain" in kind:
        return answer.body[:500].decode("utf-8", "replace")
    try:
        said = answer.json() if "json" in kind else None
    except ValueError:
        return ""
    return ": ".join(dict.fromkeys(_words(said)))[:500]


def _words(said: Any) -> Iterator[str]:
    if isinstance(said, list):
        for one in said:
            yield from _words(one)
    elif isinstance(said, dict):
        for name in _WORDS:
            if isinstance(said.get(name), str):
                yield said[name]
        for inner in said.values():
            yield from _words(inner)


def _http_date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
