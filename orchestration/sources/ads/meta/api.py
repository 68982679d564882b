"""The Marketing API of Meta: reports that run for a while, and errors (also of limits) with numbers
in the body."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf
from typing import Any, Self

from orchestration.core.errors import ConfigError
from orchestration.sources.ads.meta.config import MetaSource
from orchestration.sources.ads.meta.usage import Usage
from orchestration.sources.ads.waiting import within
from orchestration.sources.http.auth import Bearer
from orchestration.sources.http.client import Api
from orchestration.sources.http.verdict import (
    Answer,
    Done,
    Fail,
    Reauthenticate,
    Retry,
    Verdict,
    judge_json,
    judge_status,
)

_PAGE = 500
# The first and the longest wait between polls of a run (doubled each time) and the time limit.
_FIRST_WAIT, _LONGEST_WAIT, _PATIENCE = 5.0, 120.0, 1800.0
_ENDED_BADLY = ("Job Failed", "Job Skipped")
# An unknown error, an outage, and a completed report that cannot be loaded yet.
_PASSING = {1, 2, 2601}
_LIMITS = {4, 17, 32, 341, 613, *range(80_000, 80_007), 80_014}
# Requests during a block prolong the block.
_LIMIT_WAIT = 300.0
# Too much data, and two codes for a timeout.
_TOO_MUCH = {1487534, 1504018, 1504038}
_TOO_OLD_VERSION = 2635
_NO_SUCH_OBJECT = 33
# The number of the object that an error is about; that of an account begins with act_.
_OBJECT = re.compile(r"ID '(\d+)'")
_TOO_LONG_AGO = 3018
# Of the requested objects, the account, a started or running report, and a page have one.
_ASKED_FOR = {"currency", "report_run_id", "async_status", "data"}
_NO_RIGHT = {3, 10, *range(200, 300)}


class TooLargeError(Exception):
    """Meta does not finish or return the report; a report of fewer days may succeed."""


@dataclass(frozen=True)
class Page:
    body: bytes
    rows: int


class MetaApi:
    """One ad account."""

    def __init__(
        self, name: str, config: MetaSource, say: Callable[[str], None] = lambda text: None
    ) -> None:
        self._account = f"act_{config.account_id}"
        self._api = Api(
            f"{config.base_url}/{config.version}",
            source=name,
            judge=self._judge,
            auth=Bearer(config.token_env),
            # Long enough to wait out a block of an hour.
            attempts=20,
            total_seconds=7200.0,
            say=say,
        )
        self.clock = self._api.clock
        self.usage = Usage(self.clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._api.__exit__(*error)

    def account(self) -> dict[str, Any]:
        """Currency and zone of the account."""
        account: dict[str, Any] = self._get(
            self._account, {"fields": "currency,timezone_name"}
        ).json()
        return account

    def report(self, what: str, params: dict[str, Any]) -> list[Page]:
        """All pages of a report. Raises TooLargeError."""
        self._keep_pace()
        run = _given(self._api.post(f"{self._account}/insights", form=params))
        number = run["report_run_id"]
        waits = _waits()
        status = self._api.poll(
            lambda: self._get(number),
            within(
                _PATIENCE,
                self.clock,
                lambda answer: None if _ended(answer) else next(waits),
            ),
            what=what,
            total_seconds=inf,
        )
        if not _completed(_given(status)):
            raise TooLargeError
        pages = []
        address = f"{number}/insights"
        asked: dict[str, Any] | None = {"limit": _PAGE}
        while True:
            answer = self._get(address, asked)
            if not _given(answer)["data"]:
                # An empty report is requested a second time, because the first answer may be wrong.
                answer = self._get(address, asked)
            content = _given(answer)
            pages.append(Page(answer.body, len(content["data"])))
            # The last page has cursors too; only `next` says that there are more pages.
            following = content.get("paging", {}).get("next")
            if following is None:
                return pages
            address, asked = following, None

    def _get(self, path: str, params: dict[str, Any] | None = None) -> Answer:
        self._keep_pace()
        return self._api.get(path, params)

    def _keep_pace(self) -> None:
        if wait := self.usage.wait():
            self._api.pause(wait, f"{self.usage.percent:.0f} % of what Meta allows is used")

    def _judge(self, answer: Answer) -> Verdict:
        self.usage.heard(answer)
        return _verdict(answer, self.usage.regain, self._account)


def _given(answer: Answer) -> dict[str, Any]:
    """The parsed answer; the only error that gets here is too much data."""
    content: dict[str, Any] = answer.json()
    if "error" in content:
        raise TooLargeError
    return content


def _waits() -> Iterator[float]:
    wait = _FIRST_WAIT
    while True:
        yield wait
        wait = min(wait * 2, _LONGEST_WAIT)


def _ended(answer: Answer) -> bool:
    """Whether a run has failed, or is completed by both its status and its percentage."""
    run = answer.json()
    return "error" in run or run.get("async_status") in _ENDED_BADLY or _completed(run)


def _completed(run: dict[str, Any]) -> bool:
    return run.get("async_status") == "Job Completed" and run.get("async_percent_completion") == 100


def _verdict(answer: Answer, regain: float, account: str) -> Verdict:
    try:
        content = answer.json()
    except ValueError:
        return judge_json(answer)
    if not isinstance(content, dict):
        return Fail("no object", "the vendor has changed its API")
    error = content.get("error")
    if error is None:
        verdict = judge_status(answer)
        if isinstance(verdict, Done) and not content.keys() & _ASKED_FOR:
            return Fail("an answer of an unknown shape", "the vendor has changed its API")
        return verdict
    code, subcode = error.get("code"), error.get("error_subcode")
    message = error.get("message", "")
    why = f"error {code}{f'/{subcode}' if subcode else ''}: {message}"
    if subcode in _TOO_MUCH or "reduce the amount of data" in message:
        # `report` handles it and requests fewer days.
        return Done()
    if code == 190:
        return Reauthenticate(why)
    if code in _NO_RIGHT:
        return Fail(
            why, "give the owner of the token in {token} the right ads_read for it", ConfigError
        )
    if code == 100 and subcode == _NO_SUCH_OBJECT:
        named = _OBJECT.search(message)
        if named and named[1] != account.removeprefix("act_"):
            # A report that was just begun or completed may not be known everywhere yet.
            return Retry(why)
        return Fail(why, "correct account_id, or let the owner of the token see it", ConfigError)
    if code == _TOO_OLD_VERSION:
        return Fail(why, "set version to a newer one", ConfigError)
    if code == _TOO_LONG_AGO:
        return Fail(why, "set history_from to a later day", ConfigError)
    if code in _LIMITS:
        return Retry(why, regain or _LIMIT_WAIT)
    if code in _PASSING or error.get("is_transient"):
        return Retry(why)
    return Fail(why, "the vendor does not take this request")
