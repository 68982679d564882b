"""The REST methods of one portal: lists by id, many pages in one batch, errors of all kinds."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from math import ceil
from typing import Any, Self
from urllib.parse import urlencode

import httpx

from orchestration.errors import ConfigError, SourceError
from orchestration.home import Home
from orchestration.sources.crm.bitrix24.config import Bitrix24Source
from orchestration.sources.http.client import Api
from orchestration.sources.http.oauth import Grant, RotatingToken
from orchestration.sources.http.rates import Rate
from orchestration.sources.http.secret import Secret, read_secret
from orchestration.sources.http.tokens import TokenStore
from orchestration.sources.http.verdict import (
    Answer,
    Done,
    Fail,
    Reauthenticate,
    Retry,
    Verdict,
    judge_status,
)

# The vendor's own, and not to be changed.
PAGE, COMMANDS = 50, 50
# The time that a method may take is counted over ten minutes; where the vendor does not say until
# when, so long a wait eight times over outlasts them.
_OPERATION_PAUSE = 90.0
_SPENT = "operation_time_limit"
_ADVICE = {
    "insufficient_scope": "give the webhook or application the rights crm, user and department"
    " (and telephony, where calls are wanted)",
    "access_denied": "the person the webhook or application belongs to may not read this: take"
    " an administrator's",
    "invalid_credentials": "the webhook is deleted or its address is wrong: make a new one",
    "no_auth_found": "the webhook is deleted or its address is wrong: make a new one",
    "invalid_token": "authorise the application again and set the new refresh token",
    "error_method_not_found": "the portal does not have it: check its version and the rights",
    "payment_required": "the portal is not paid for",
}

Params = dict[str, Any]


class Bitrix24:
    """Every call counts against the limits of the portal. `now` is the vendor's clock."""

    def __init__(
        self,
        name: str,
        config: Bitrix24Source,
        home: Home,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.now = datetime.now(UTC)
        self._name = name
        rate = Rate(config.requests_per_second, 1, burst=config.burst)
        if config.oauth is None:
            assert config.webhook_env is not None
            address, auth = _webhook(config.webhook_env), None
        else:
            assert config.base_url is not None
            address, auth = f"{config.base_url.rstrip('/')}/rest", _auth(name, config, home, say)
        self._api = Api(address, source=name, rates=(rate,), judge=_judge, auth=auth, say=say)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._api.__exit__(*error)

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """The whole answer of a method."""
        answer = self._api.post(method, json=params).json()
        finish = (answer.get("time") or {}).get("finish")
        self.now = datetime.fromtimestamp(finish, UTC) if finish else datetime.now(UTC)
        return answer

    def together(self, questions: Mapping[str, tuple[str, Params]]) -> dict[str, Any]:
        """The results of several methods at the price of one. What fails in there, or is empty as
        it may be when the portal is busy, is asked for by itself."""
        found = self._batch({key: _command(*question) for key, question in questions.items()})
        return {
            key: found.get(key) or self.ask(method, **params)["result"]
            for key, (method, params) in questions.items()
        }

    def pages(self, method: str, **params: Any) -> Iterator[list[dict[str, Any]]]:
        """The pages of a list that is short and stands still."""
        start: int | None = 0
        while start is not None:
            answer = self.ask(method, **params, start=start)
            yield _rows(answer["result"])
            start = answer.get("next")

    def count(self, method: str, params: Params) -> int:
        """How many rows a list has."""
        return self.ask(method, **_behind(method, params, 0), start=0)["total"]

    def by_id(
        self, method: str, params: Params, at_once: int = COMMANDS
    ) -> Iterator[list[dict[str, Any]]]:
        """The pages of a list in the order of its ids, each beginning behind the last id of the one
        before: rows that come and go meanwhile move no others.

        The first page counts what there is. The others come many at a time, each command of a batch
        naming the last id of the one before it. A list ends where as many rows were read as counted
        or where a page outside any batch says that nothing is left.
        """
        last = 0
        while True:
            page, left = self._counted(method, params, last)
            if page:
                yield page
                last = int(page[-1]["ID"])
            while left > PAGE:
                read = 0
                for page in self._chained(method, params, last, min(at_once, ceil(left / PAGE))):
                    yield page
                    last = int(page[-1]["ID"])
                    read += len(page)
                left -= read
                if not read or read % PAGE:
                    break
            if left <= 0:
                return

    def _counted(self, method: str, params: Params, last: int) -> tuple[list[dict[str, Any]], int]:
        """The page behind an id, and how many rows are behind it."""
        for _ in range(2):
            answer = self.ask(method, **_behind(method, params, last), start=0)
            page, total = _rows(answer["result"]), answer["total"]
            if len(page) >= min(total, PAGE):
                return page, total - len(page)
        raise SourceError(
            f"{self._name}: {method} counts {total:,} rows and gives {len(page):,}; run again later"
        )

    def _chained(
        self, method: str, params: Params, last: int, pages: int
    ) -> Iterator[list[dict[str, Any]]]:
        """So many pages behind an id at once, as far as they came whole."""
        place = "[items]" if method in _NESTED else ""
        behind: list[Any] = [
            last,
            *(f"$result[p{number}]{place}[{PAGE - 1}][ID]" for number in range(pages - 1)),
        ]
        found = self._batch(
            {
                f"p{number}": _command(method, {**_behind(method, params, id_), "start": -1})
                for number, id_ in enumerate(behind)
            }
        )
        for number in range(pages):
            page = _rows(found.get(f"p{number}") or [])
            # Behind a page that is not full the chain begins anew.
            if not page or int(page[0]["ID"]) <= last:
                return
            yield page
            if len(page) < PAGE:
                return
            last = int(page[-1]["ID"])

    def _batch(self, commands: dict[str, str]) -> dict[str, Any]:
        """What the commands gave; those that failed are not in it."""
        found = self.ask("batch", halt=0, cmd=commands)["result"]["result"]
        # No results at all are an empty list.
        return found if isinstance(found, dict) else {}


# These put their rows into `items`.
_NESTED = ("crm.stagehistory.list",)
_WEBHOOK = re.compile(r"https?://[^\s/]+/rest/\d+/\w+/?")
# This one writes its parameters its own way.
_STATISTIC = "voximplant.statistic.get"


def _behind(method: str, params: Params, last: Any) -> Params:
    """The parameters with the order of ids, behind one of them."""
    behind = {**params.get("filter", {}), ">ID": last}
    if method == _STATISTIC:
        return {"FILTER": behind, "SORT": "ID", "ORDER": "ASC"}
    return {**params, "filter": behind, "order": {"ID": "ASC"}}


def _rows(result: Any) -> list[dict[str, Any]]:
    return result["items"] if isinstance(result, dict) else result


def _command(method: str, params: Params) -> str:
    return f"{method}?{urlencode(list(_flat(params)))}"


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """As PHP reads a query: `filter[>ID]=7&select[0]=ID`."""
    if isinstance(value, list):
        value = dict(enumerate(value))
    if not isinstance(value, dict):
        yield name, value
        return
    for key, inner in value.items():
        yield from _flat(inner, f"{name}[{key}]" if name else str(key))


def _webhook(variable: str) -> Secret:
    address = read_secret(variable)
    if not _WEBHOOK.fullmatch(address.reveal()):
        raise ConfigError(
            f"environment variable {variable} holds no webhook,"
            " expected an address like https://shop.bitrix24.ru/rest/1/code/"
        )
    return address


def _auth(
    name: str, config: Bitrix24Source, home: Home, say: Callable[[str], None]
) -> RotatingToken:
    assert config.oauth is not None
    grant = Grant(
        config.oauth.token_url,
        config.oauth.client_id_env,
        config.oauth.client_secret_env,
        config.oauth.refresh_token_env,
        sent_as="query",
        # The vendor wants a token to be renewed only once it has refused it.
        early=None,
    )
    return RotatingToken(name, grant, TokenStore(home.state, name), place=_place, say=say)


def _place(request: httpx.Request, token: str) -> None:
    request.url = request.url.copy_set_param("auth", token)


def _judge(answer: Answer) -> Verdict:
    try:
        content = answer.json()
    except ValueError:
        content = None
    if not isinstance(content, dict):
        if answer.status == 404 or answer.status in range(300, 400):
            return Fail("", "there is no portal at this address: check it", ConfigError)
        verdict = judge_status(answer)
        return Retry("a page for people") if isinstance(verdict, Done) else verdict
    if "result" in content and answer.status < 400:
        return Done()
    # Some methods say 0 or nothing for an error.
    code = str(content.get("error") or "")
    why = " ".join(str(content.get(part) or "") for part in ("error", "error_description")).strip()
    match code.lower():
        case "expired_token":
            return Reauthenticate(why)
        case _ if code.lower() == _SPENT:
            return Retry(why, _until_reset(content.get("time") or {}))
        case _ if answer.status < 400 or answer.status == 429 or answer.status >= 500:
            return Retry(why)
        case known if known in _ADVICE:
            return Fail(why, _ADVICE[known], ConfigError)
        case _ if answer.status in (401, 403):
            return Fail(why, _ADVICE["access_denied"], ConfigError)
        case _:
            return Fail(why, "the portal does not take this request")


def _until_reset(time: Mapping[str, Any]) -> float:
    """How long a method is shut that has taken too much of the portal's time."""
    try:
        return max(1.0, time["operating_reset_at"] - time["finish"])
    except (KeyError, TypeError):
        return _OPERATION_PAUSE
