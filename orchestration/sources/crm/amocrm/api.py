"""The API v4 of one account: lists in pages, and a 204 without a body for an empty list."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

import httpx

from orchestration.core.errors import ConfigError, SourceError
from orchestration.core.home import Home
from orchestration.sources.crm.amocrm.config import AmocrmSource
from orchestration.sources.http.auth import Bearer, Credentials
from orchestration.sources.http.client import Api
from orchestration.sources.http.oauth import Grant, RotatingToken
from orchestration.sources.http.rates import Rate
from orchestration.sources.http.tokens import TokenStore
from orchestration.sources.http.verdict import (
    Answer,
    Done,
    Fail,
    Retry,
    Verdict,
    judge_json,
    retry_after,
)

_API = "/api/v4"
# The seconds without requests after a rate limit error; further requests lead to a block.
_TOO_MANY_SECONDS = 10.0
# The vendor aborts a page that takes too long (504). Then the page size is halved, down to this
# many rows.
_TOO_LONG, _TOO_LONG_SECONDS = 504, 20.0
_SHORTEST_PAGE = 10
# The vendor's own error numbers, whatever the status.
_ADVICE = {
    "101": "there is no such account: check base_url",
    "112": "the user of the token in {token} is off or not in the account: take an administrator's",
    "113": "allow the address of this machine in the account's security settings",
}
# The waits before each new request of a list that cannot be empty.
_EMPTY_SECONDS = (0.0, 10.0, 20.0, 40.0)


@dataclass(frozen=True)
class Page:
    """Rows of a list as delivered. `next`: the address of the next page, if there is one."""

    body: bytes = b""
    rows: list[dict[str, Any]] = field(default_factory=list)
    next: str | None = None


class AmocrmApi:
    """Every call counts against the limits of the account."""

    def __init__(
        self,
        name: str,
        config: AmocrmSource,
        home: Home,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._name = name
        # By kind of list: the largest page size that does not time out, if known.
        self._longest: dict[str, int] = {}
        self._api = Api(
            f"{config.base_url.rstrip('/')}{_API}",
            source=name,
            rates=(Rate(config.requests_per_second, 1),),
            judge=_judge,
            auth=_auth(name, config, home, say),
            say=say,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._api.__exit__(*error)

    def get(self, path: str) -> Any:
        """The resource, parsed."""
        return self._api.get(path).json()

    def page(self, path: str, kind: str, promised: bool = False, **params: Any) -> Page:
        """The page of a list of `kind` at a path or at the address that another page gave.

        `promised`: whether the list must have rows; then an empty answer is requested again,
        because the vendor sometimes returns one by mistake.
        """
        answer = self._list(path, kind, params)
        if answer.status == 204 and promised:
            answer = self._list(path, kind, params)
        if answer.status == 204:
            return Page()
        match answer.json():
            case {"_embedded": dict(lists)} as content if isinstance(lists.get(kind), list):
                link = (content.get("_links") or {}).get("next") or {}
                return Page(answer.body, lists[kind], link.get("href"))
        raise SourceError(
            f"{self._name}: an answer has no list of {kind}; the vendor has changed its API"
        )

    def filled(self, path: str, kind: str, **params: Any) -> Page:
        """The first page of a list that is never empty: rows that are not in it would count as
        deleted."""
        for seconds in _EMPTY_SECONDS:
            self._api.pause(seconds, f"there seem to be no {kind}")
            page = self.page(path, kind, **params)
            if page.rows:
                return page
        raise SourceError(
            f"{self._name}: the account says {len(_EMPTY_SECONDS)} times that it has no {kind},"
            " which cannot be; run again later"
        )

    def _list(self, path: str, kind: str, params: dict[str, Any]) -> Answer:
        """The requested page, or a shorter one that starts there or slightly before."""
        linked = httpx.URL(path).params
        size, number = (int(params.get(one) or linked.get(one, 1)) for one in ("limit", "page"))
        while True:
            limit = min(size, self._longest.get(kind, size))
            if limit < size:
                params = {**params, "limit": limit, "page": (number - 1) * size // limit + 1}
            answer = self._api.get(
                path, params, taken=(_TOO_LONG,) if limit > _SHORTEST_PAGE else ()
            )
            if answer.status != _TOO_LONG:
                return answer
            self._longest[kind] = max(limit // 2, _SHORTEST_PAGE)
            self._api.pause(
                _TOO_LONG_SECONDS, f"a page of {limit} {kind} takes the vendor too long"
            )


def _auth(name: str, config: AmocrmSource, home: Home, say: Callable[[str], None]) -> Credentials:
    if config.oauth is None:
        assert config.token_env is not None
        return Bearer(config.token_env)
    grant = Grant(
        f"{config.base_url.rstrip('/')}/oauth2/access_token",
        config.oauth.client_id_env,
        config.oauth.client_secret_env,
        config.oauth.refresh_token_env,
        sent_as="json",
        extra={"redirect_uri": config.oauth.redirect_uri},
    )
    return RotatingToken(name, grant, TokenStore(home.state, name), say=say)


def _judge(answer: Answer) -> Verdict:
    verdict = judge_json(answer)
    if (code := _code(answer)) in _ADVICE:
        return Fail(f"error {code}", _ADVICE[code], ConfigError)
    if answer.status == 429 and isinstance(verdict, Retry):
        return Retry(verdict.why, retry_after(answer) or _TOO_MANY_SECONDS)
    if isinstance(verdict, Done) and answer.status == 200:
        # A single resource has an id, a list is embedded.
        match answer.json():
            case {"id": _} | {"_embedded": _}:
                return verdict
        return Fail("an answer of an unknown shape", "the vendor has changed its API")
    if not isinstance(verdict, Fail):
        return verdict
    is_reason_given = "json" in answer.headers.get("content-type", "")
    match answer.status:
        case 402:
            return Fail(verdict.why, "the account is not paid for", ConfigError)
        case 403 if is_reason_given:
            advice = "set {token} to an administrator's token: only an administrator may read users"
            return Fail(verdict.why, advice, ConfigError)
        case 403:
            advice = "the vendor has shut this address out: wait and lower requests_per_second"
            return Fail(verdict.why, advice)
        case _:
            return verdict


def _code(answer: Answer) -> str:
    """The vendor's own error number."""
    try:
        content = answer.json()
    except ValueError:
        return ""
    match content:
        case {"response": {"error_code": code}}:
            return f"{code}"
    return ""
