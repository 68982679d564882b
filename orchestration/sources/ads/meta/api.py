"""The Marketing API of Meta: reports that run for a while, and errors told by a number in the body,
limits among them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Self

import orjson

from orchestration.errors import ConfigError
from orchestration.sources.ads.meta.config import MetaSource
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
# How often a run is looked at, the wait doubling, and for how long at most.
_FIRST_WAIT, _LONGEST_WAIT, _PATIENCE = 5.0, 120.0, 1800.0
_ENDED_BADLY = ("Job Failed", "Job Skipped")
_PASSING = {1, 2}
_LIMITS = {4, 17, 32, 341, 613, *range(80_000, 80_007), 80_014}
_LIMIT_WAIT = 60.0
_TOO_MUCH = 1487534
_NO_SUCH_OBJECT = 33
_NO_RIGHT = {3, 10, *range(200, 300)}


class TooLargeError(Exception):
    """Meta does not finish the report, or does not give it out: fewer days may do."""


@dataclass(frozen=True)
class Page:
    body: bytes
    rows: int


class Meta:
    """One ad account."""

    def __init__(
        self, name: str, config: MetaSource, say: Callable[[str], None] = lambda text: None
    ) -> None:
        self._account = f"act_{config.account_id}"
        self._api = Api(
            f"{config.base_url}/{config.version}",
            source=name,
            judge=_judge,
            auth=Bearer(config.token_env),
            # Who has used up an hour waits for it.
            attempts=20,
            total_seconds=7200.0,
            say=say,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._api.__exit__(*error)

    def account(self) -> dict[str, Any]:
        """Currency and zone of the account."""
        return self._api.get(self._account, {"fields": "currency,timezone_name"}).json()

    def report(self, what: str, params: dict[str, Any]) -> list[Page]:
        """All pages of a report. Raises TooLargeError."""
        run = _given(self._api.post(f"{self._account}/insights", form=params))
        number = run["report_run_id"]
        waits = _waits()
        status = self._api.poll(
            lambda: self._api.get(number),
            lambda answer: None if _ended(answer) else next(waits),
            what=what,
            total_seconds=_PATIENCE,
        )
        if _given(status)["async_status"] in _ENDED_BADLY:
            raise TooLargeError
        pages = []
        answer = self._api.get(f"{number}/insights", {"limit": _PAGE})
        while True:
            content = _given(answer)
            pages.append(Page(answer.body, len(content["data"])))
            # There are cursors on the last page too; only what is next tells that more comes.
            following = content.get("paging", {}).get("next")
            if following is None:
                return pages
            answer = self._api.get(following)


def _given(answer: Answer) -> dict[str, Any]:
    """What the answer says; the one error that gets this far is that there is too much of it."""
    content = answer.json()
    if "error" in content:
        raise TooLargeError
    return content


def _waits() -> Iterator[float]:
    wait = _FIRST_WAIT
    while True:
        yield wait
        wait = min(wait * 2, _LONGEST_WAIT)


def _ended(answer: Answer) -> bool:
    """Whether a run has failed, or is completed in both of the ways that Meta says so."""
    run = answer.json()
    status = run.get("async_status")
    done = status == "Job Completed" and run.get("async_percent_completion") == 100
    return "error" in run or status in _ENDED_BADLY or done


def _judge(answer: Answer) -> Verdict:
    try:
        content = answer.json()
    except ValueError:
        return judge_json(answer)
    if not isinstance(content, dict):
        return Fail("no object", "the vendor has changed its answers")
    error = content.get("error")
    if error is None:
        return judge_status(answer)
    code, subcode = error.get("code"), error.get("error_subcode")
    message = error.get("message", "")
    why = f"error {code}{f'/{subcode}' if subcode else ''}: {message}"
    if subcode == _TOO_MUCH or "reduce the amount of data" in message:
        # Known to `report`, which asks for less.
        return Done()
    if code == 190:
        return Reauthenticate(why)
    if code in _NO_RIGHT:
        return Fail(
            why, "give the owner of the token in {token} the right ads_read for it", ConfigError
        )
    if code == 100 and subcode == _NO_SUCH_OBJECT:
        return Fail(why, "correct account_id, or let the owner of the token see it", ConfigError)
    if code in _LIMITS:
        return Retry(why, _regained(answer) or _LIMIT_WAIT)
    if code in _PASSING or error.get("is_transient"):
        return Retry(why)
    return Fail(why, "the vendor does not take this request")


def _regained(answer: Answer) -> float | None:
    """The seconds until the account may ask again: the header tells minutes, by account and use."""
    try:
        uses = orjson.loads(answer.headers.get("x-business-use-case-usage", ""))
        minutes = [one["estimated_time_to_regain_access"] for use in uses.values() for one in use]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return max(minutes, default=0) * 60.0 or None
