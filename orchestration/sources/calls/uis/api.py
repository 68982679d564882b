"""UIS's JSON-RPC: errors come in the body of a 200, which also says whether a retry can help."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Self

from orchestration.core.errors import ConfigError
from orchestration.sources.calls.uis.config import UisSource
from orchestration.sources.http.auth import Enclosed, account_of
from orchestration.sources.http.client import Api
from orchestration.sources.http.rates import Rate
from orchestration.sources.http.secret import read_secret
from orchestration.sources.http.verdict import (
    Answer,
    Done,
    Fail,
    Reauthenticate,
    Retry,
    Verdict,
    judge_json,
)

# The most rows of one page.
PAGE = 10_000
# The time by which a report is filtered and sorted.
_START = "start_time"

_REFUSED_KEY = ("access_token_expired", "access_token_invalid", "access_token_blocked")
_ADVICE = {
    "ip_not_whitelisted": "allow the address of this machine in the account's API settings",
    "forbidden": "give the user of the key in {token} the right to read reports and employees",
    "account_inactive": "the account is blocked, see its balance",
    "method_component_disabled": "the account's tariff does not have this report: order it at UIS,"
    " or leave this source out",
}


@dataclass(frozen=True)
class Page:
    """`total`: the number of rows on all pages of the query when this page was sent."""

    body: bytes
    rows: list[dict[str, Any]]
    total: int
    limits: dict[str, int]


class UisApi:
    """The Data API of one account; every call counts against its limits."""

    def __init__(
        self, name: str, config: UisSource, say: Callable[[str], None] = lambda text: None
    ) -> None:
        self._token = read_secret(config.token_env)
        self._api = Api(
            config.base_url,
            source=name,
            rates=(Rate(config.requests_per_minute, 60), Rate(config.requests_per_day, 86_400)),
            judge=_judge,
            auth=Enclosed(config.token_env),
            account=account_of("uis", config.token_env),
            say=say,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._api.__exit__(*error)

    def call(self, method: str, **params: Any) -> Page:
        """The result of one call."""
        params = {"access_token": self._token.reveal(), **params}
        body = {"jsonrpc": "2.0", "id": method, "method": method, "params": params}
        answer = self._api.post("", json=body)
        result = answer.json()["result"]
        rows, about = result["data"], result.get("metadata") or {}
        total = about.get("total_items", len(rows))
        return Page(answer.body, rows, total, about.get("limits") or {})

    def pages(self, method: str, **params: Any) -> Iterator[Page]:
        """All pages of a list, also those added while it is read."""
        total, offset = 1, 0
        while offset < total:
            page = self.call(method, limit=PAGE, offset=offset, **params)
            yield page
            total, offset = page.total, offset + PAGE

    def report(self, method: str, first: str, last: str, fields: list[str]) -> Iterator[Page]:
        """All rows that began from the time `first` to `last`, both in the account's zone.

        UIS sorts a report by the start only, not by id: rows of one second have no order, and a
        counted page could repeat one of them and leave out another. So a page begins at the second
        where the one before ended, and the rows of this second come twice.
        """
        offset = 0
        while True:
            page = self.call(
                method,
                date_from=first,
                date_till=last,
                fields=fields,
                sort=[{"field": _START, "order": "asc"}],
                limit=PAGE,
                offset=offset,
            )
            yield page
            if offset + len(page.rows) >= page.total or not page.rows:
                return
            end = page.rows[-1][_START]
            if end > first:
                first, offset = end, 0
            else:
                # More rows began in one second than fit on a page.
                offset += PAGE


def _judge(answer: Answer) -> Verdict:
    verdict = judge_json(answer)
    if not isinstance(verdict, Done):
        return verdict
    match answer.json():
        case {"result": {"data": list(), "metadata": {"total_items": int()}}}:
            return verdict
        # The account is documented with no count, and under another name of the metadata.
        case {"result": {"data": [dict()]}}:
            return verdict
        case {"error": {"data": {"mnemonic": str(problem)}} as error}:
            why = f"{problem}: {error.get('message', '')}"
        case {"error": {"code": code}}:
            problem = why = f"error {code}"
        case _:
            return Fail("neither rows nor an error", "the vendor has changed its API")
    match problem:
        case "limit_exceeded" if "per day" in why:
            # Waiting within a run does not help.
            return Fail(why, "the day's points are used up, run again tomorrow")
        case "limit_exceeded":
            return Retry(why, 60.0)
        case "internal_error":
            return Retry(why)
        case _ if problem in _REFUSED_KEY:
            return Reauthenticate(why)
        case _ if advice := _ADVICE.get(problem):
            return Fail(why, advice, ConfigError)
        case _:
            return Fail(why, "the vendor does not take this request")
