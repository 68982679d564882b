"""The API of Aircall: pages of fifty rows that link to the next, at most 10,000 rows per query."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Self

from orchestration.core.errors import ConfigError
from orchestration.sources.calls.aircall.config import AircallSource
from orchestration.sources.http.auth import Basic, account_of
from orchestration.sources.http.client import Api
from orchestration.sources.http.rates import Rate
from orchestration.sources.http.verdict import (
    Answer,
    Done,
    Fail,
    Retry,
    Verdict,
    judge_json,
    seconds_until,
)

# The most rows of one page, and of all pages of one query.
PAGE = 50
WALL = 10_000

# A larger number is a time in milliseconds.
_MILLISECONDS = 10**11


@dataclass(frozen=True)
class Page:
    """`total`: the number of rows on all pages of the query when this page was sent."""

    body: bytes
    rows: list[dict[str, Any]]
    total: int
    next: str | None


class AircallApi:
    """One company; every request counts against its limit."""

    def __init__(
        self, name: str, config: AircallSource, say: Callable[[str], None] = lambda text: None
    ) -> None:
        self._variables = f"{config.api_id_env} and {config.api_token_env}"
        self._api = Api(
            config.base_url,
            source=name,
            rates=(Rate(config.requests_per_minute, 60),),
            judge=self._judge,
            auth=Basic(config.api_id_env, config.api_token_env),
            account=account_of("aircall", config.api_id_env),
            say=say,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._api.__exit__(*error)

    def company(self) -> dict[str, Any]:
        """The account that the key is of."""
        company: dict[str, Any] = self._api.get("v1/company").json()["company"]
        return company

    def users(self) -> Iterator[Page]:
        """The users there are."""
        return self._pages("users", "v2/users", {})

    def calls(self, first: int, last: int, per_page: int = PAGE) -> Iterator[Page]:
        """The calls that began from the first second to the last, the oldest first."""
        params = {"from": first, "to": last, "order": "asc"}
        return self._pages("calls", "v1/calls", params, per_page)

    def _pages(
        self, kind: str, path: str, params: dict[str, Any], per_page: int = PAGE
    ) -> Iterator[Page]:
        answer = self._api.get(path, {**params, "per_page": per_page})
        while True:
            found = answer.json()
            page = Page(
                answer.body, found[kind], found["meta"]["total"], found["meta"]["next_page_link"]
            )
            yield page
            if not page.next:
                return
            answer = self._api.get(page.next)

    def _judge(self, answer: Answer) -> Verdict:
        if answer.status in (401, 403):
            # A wrong key may give either status, depending on the vendor's server.
            return Fail(
                "the key is refused",
                f"make a new key in the account and set {self._variables}",
                ConfigError,
            )
        if answer.status == 429:
            return Retry("the limit of the company is used up", _reset(answer))
        verdict = judge_json(answer)
        if not isinstance(verdict, Done):
            return verdict
        match answer.json():
            case {"company": dict()}:
                return verdict
            case {"meta": {"total": int(), "next_page_link": str() | None}} as page if isinstance(
                page.get("calls", page.get("users")), list
            ):
                return verdict
        return Fail("an answer of an unknown shape", "the vendor has changed its API")


def _reset(answer: Answer) -> float:
    """The seconds until the limit is reset; a minute if the vendor does not say."""
    moment = answer.headers.get("x-aircallapi-reset", "")
    if not moment.isdecimal():
        return 60.0
    seconds = int(moment) / 1000 if int(moment) > _MILLISECONDS else int(moment)
    return min(seconds_until(seconds, answer), 60.0)
