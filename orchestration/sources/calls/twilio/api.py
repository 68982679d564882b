"""The REST API of Twilio: lists by days of UTC, the newest first, whose pages link to the next."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Self

from orchestration.core.errors import ConfigError
from orchestration.sources.calls.twilio.config import TwilioSource
from orchestration.sources.http.auth import Basic
from orchestration.sources.http.client import Api, Params
from orchestration.sources.http.rates import Rate
from orchestration.sources.http.verdict import Answer, Done, Fail, Verdict, excerpt, judge_json

# The most rows of one page.
PAGE = 1000


@dataclass(frozen=True)
class Page:
    """The rows of a page and its body."""

    body: bytes
    rows: list[dict[str, Any]]


class TwilioApi:
    """One account; every request counts against its limits."""

    def __init__(
        self, name: str, config: TwilioSource, say: Callable[[str], None] = lambda text: None
    ) -> None:
        self._account = f"2010-04-01/Accounts/{config.account_sid}"
        self._variables = f"{config.key_env} and {config.secret_env}"
        self._api = Api(
            config.base_url,
            source=name,
            rates=(Rate(config.requests_per_second, 1),),
            judge=self._judge,
            auth=Basic(config.key_env, config.secret_env),
            account=f"twilio {config.account_sid}",
            say=say,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._api.__exit__(*error)

    def account(self) -> dict[str, Any]:
        """The account itself."""
        account: dict[str, Any] = self._api.get(f"{self._account}.json").json()
        return account

    def calls(self, first: date, last: date, page_size: int = PAGE) -> Iterator[Page]:
        """The calls that began from the first day to the last, both included."""
        return self._pages("calls", "Calls", _days("StartTime", first, last), page_size)

    def recordings(self, first: date, last: date) -> Iterator[Page]:
        """The recordings that were made from the first day to the last, both included."""
        return self._pages("recordings", "Recordings", _days("DateCreated", first, last))

    def _pages(self, kind: str, path: str, params: Params, page_size: int = PAGE) -> Iterator[Page]:
        answer = self._api.get(f"{self._account}/{path}.json", {**params, "PageSize": page_size})
        while True:
            found = answer.json()
            yield Page(answer.body, found[kind])
            if not found["next_page_uri"]:
                return
            answer = self._api.get(found["next_page_uri"])

    def _judge(self, answer: Answer) -> Verdict:
        match answer.status:
            case 401:
                return Fail(
                    ": ".join(filter(None, ("the key is refused", excerpt(answer)))),
                    f"check {self._variables}, that they are of `account_sid`, and that it is open",
                    ConfigError,
                )
            case 403:
                return Fail(
                    "the key may not read this",
                    f"set {self._variables} to one that may read calls and recordings",
                    ConfigError,
                )
            case 404:
                return Fail(
                    "there is no such account", "check `account_sid` and `base_url`", ConfigError
                )
        verdict = judge_json(answer)
        if not isinstance(verdict, Done):
            return verdict
        match answer.json():
            case {"next_page_uri": str() | None, "calls": list()}:
                return verdict
            case {"next_page_uri": str() | None, "recordings": list()}:
                return verdict
            case {"friendly_name": str()}:
                return verdict
        return Fail("an answer of an unknown shape", "the vendor has changed its API")


def _days(name: str, first: date, last: date) -> dict[str, str]:
    """A filter that lets both days through; the sign belongs to the name.

    `>` is on or after the day. `<` is before it by the current description of the API, on or before
    it by older ones: so the day after the last is named; what comes twice is merged by its SID.
    """
    return {f"{name}>": f"{first}", f"{name}<": f"{last + timedelta(days=1)}"}
