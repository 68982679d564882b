"""The API of one account: lists by id, a search by the time of change, and reading by ids."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import httpx

from orchestration.errors import ConfigError
from orchestration.home import Home
from orchestration.sources.crm.hubspot.config import HubspotSource
from orchestration.sources.crm.hubspot.tables import Kind
from orchestration.sources.http.auth import Bearer
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

_OBJECTS = "crm/v3/objects"
# The most that an answer holds, and with the history of properties.
PAGE, HISTORY_PAGE, SEARCH_PAGE, _NESTED_PAGE = 100, 50, 200, 500
ASSOCIATIONS_PAGE = 1000
# An address that is longer is refused on its way.
_LONGEST_LIST = 2000
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Page:
    """Objects as they came. `after`: where the list goes on, if it does."""

    body: bytes = b""
    rows: list[dict[str, Any]] = field(default_factory=list)
    after: str | None = None


class Hubspot:
    """Every call counts against the limits of the account."""

    def __init__(
        self,
        name: str,
        config: HubspotSource,
        home: Home,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._api = Api(
            config.base_url,
            source=name,
            rates=(Rate(config.requests_per_ten_seconds, 10),),
            judge=_judge,
            auth=_auth(name, config, home, say),
            say=say,
        )
        self._searches = Rate(config.searches_per_second, 1, name="search")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._api.__exit__(*error)

    def get(self, path: str) -> Answer:
        return self._api.get(path)

    def pages(self, path: str, **params: Any) -> Iterator[Page]:
        """The pages of a list, from `after` on."""
        while True:
            page = _page(self._api.get(path, params))
            yield page
            if page.after is None:
                return
            params["after"] = page.after

    def objects(
        self,
        kind: Kind,
        properties: Sequence[str],
        *,
        after: str | None = None,
        archived: bool = False,
    ) -> Iterator[tuple[list[Page], str | None]]:
        """All objects of a kind in the order of their ids, some pages at a time, and where the list
        goes on behind them."""
        asked: dict[str, Any] = {"archived": str(archived).lower()}
        if after:
            asked["after"] = after
        wanted = ",".join(properties)
        if len(wanted) > _LONGEST_LIST:
            # The list is asked for ids alone: what is read by ids is asked for in a body.
            for page in self.pages(f"{_OBJECTS}/{kind.name}", limit=PAGE, **asked):
                ids = [row["id"] for row in page.rows]
                yield list(self.read(kind, ids, properties, archived)), page.after
            return
        if kind.history:
            asked["propertiesWithHistory"] = ",".join(kind.history)
        limit = HISTORY_PAGE if kind.history else PAGE
        for page in self.pages(f"{_OBJECTS}/{kind.name}", limit=limit, properties=wanted, **asked):
            yield [page], page.after

    def read(
        self, kind: Kind, ids: Sequence[str], properties: Sequence[str], archived: bool = False
    ) -> Iterator[Page]:
        """The objects of these ids that are there. One that was merged answers as its survivor."""
        for some in _in_parts(ids, HISTORY_PAGE if kind.history else PAGE):
            asked = {"inputs": [{"id": id_} for id_ in some], "properties": list(properties)}
            if kind.history:
                asked["propertiesWithHistory"] = list(kind.history)
            yield _page(
                self._api.post(
                    f"{_OBJECTS}/{kind.name}/batch/read",
                    json=asked,
                    params={"archived": str(archived).lower()},
                )
            )

    def newest_change(self, kind: Kind) -> datetime | None:
        """The last change that the search knows of."""
        rows = self._search(kind, [], kind.modified, "DESCENDING", limit=1).rows
        return _moment(rows[0], kind) if rows else None

    def total(self, kind: Kind) -> int:
        """How many objects of a kind there are."""
        asked = {**_query([], kind.modified, "ASCENDING"), "limit": 1}
        path = f"{_OBJECTS}/{kind.name}/search"
        return self._api.post(path, json=asked, rate=self._searches).json()["total"]

    def changed(
        self, kind: Kind, since: datetime, until: datetime | None = None
    ) -> Iterator[tuple[list[str], datetime]]:
        """Ids of what changed, the oldest change first, and the time up to which that is all.

        A query begins where the answer before ended, and not at a number: an object that changes
        meanwhile moves to the end and those behind it move up, past a page that is counted. Nor is
        any query then asked for more than its first 10,000 objects, which are all it gives.
        """
        last = [_changed(kind, "LTE", until)] if until else []
        known: set[str] = set()
        while True:
            page = self._search(kind, [_changed(kind, "GTE", since), *last], kind.modified)
            if not page.rows:
                return
            moments = {row["id"]: _moment(row, kind) for row in page.rows}
            reached = max(moments.values())
            yield [id_ for id_ in moments if id_ not in known], reached
            if page.after is None:
                return
            if reached > since:
                since = reached
                known = {id_ for id_, moment in moments.items() if moment == reached}
                continue
            # More changed in this millisecond than an answer holds.
            for ids in self._changed_at_once(kind, since):
                yield [id_ for id_ in ids if id_ not in known], since
            since, known = since + _MILLISECOND, set()

    def _changed_at_once(self, kind: Kind, moment: datetime) -> Iterator[list[str]]:
        """Ids in the order of their text, which is the vendor's: 9 comes behind 10."""
        then = [_changed(kind, "GTE", moment), _changed(kind, "LTE", moment)]
        behind: list[dict[str, str]] = []
        while True:
            page = self._search(kind, [*then, *behind], "hs_object_id")
            ids = [row["id"] for row in page.rows]
            yield ids
            if page.after is None:
                return
            behind = [{"propertyName": "hs_object_id", "operator": "GT", "value": ids[-1]}]

    def _search(
        self,
        kind: Kind,
        filters: list[dict[str, str]],
        sort: str,
        direction: str = "ASCENDING",
        limit: int = SEARCH_PAGE,
    ) -> Page:
        """The first objects that are found. An empty answer may only be the first of several."""
        asked = {
            **_query(filters, sort, direction),
            "properties": [kind.modified],
            "limit": limit,
        }
        while True:
            page = _page(
                self._api.post(f"{_OBJECTS}/{kind.name}/search", json=asked, rate=self._searches)
            )
            if page.rows or page.after is None:
                return page
            asked["after"] = page.after

    def associated(
        self, kind: str, other: str, ids: Sequence[str]
    ) -> dict[str, dict[str, list[dict[str, Any]]]]:
        """By id, what it is associated with: by the other's id, once, all that the association is
        labelled with. The vendor tells of one association as often as it has labels."""
        found: dict[str, dict[str, list[dict[str, Any]]]] = {id_: {} for id_ in ids}
        for some in _in_parts(ids, ASSOCIATIONS_PAGE):
            answer = self._api.post(
                f"crm/v4/associations/{kind}/{other}/batch/read",
                json={"inputs": [{"id": id_} for id_ in some]},
            ).json()
            for result in answer["results"]:
                id_ = str(result["from"]["id"])
                linked = found.setdefault(id_, {})
                _collect(linked, result["to"])
                after = _after(result)
                if after:
                    path = f"crm/v4/objects/{kind}/{id_}/associations/{other}"
                    for page in self.pages(path, limit=_NESTED_PAGE, after=after):
                        _collect(linked, page.rows)
        return found


def _collect(linked: dict[str, list[dict[str, Any]]], others: list[dict[str, Any]]) -> None:
    for one in others:
        linked.setdefault(str(one["toObjectId"]), []).extend(one.get("associationTypes") or [])


def _page(answer: Answer) -> Page:
    content = answer.json()
    return Page(answer.body, content.get("results") or [], _after(content))


def _after(content: dict[str, Any]) -> str | None:
    return ((content.get("paging") or {}).get("next") or {}).get("after")


def _query(filters: list[dict[str, str]], sort: str, direction: str) -> dict[str, Any]:
    return {
        "filterGroups": [{"filters": filters}] if filters else [],
        "sorts": [{"propertyName": sort, "direction": direction}],
    }


def _changed(kind: Kind, operator: str, moment: datetime) -> dict[str, str]:
    milliseconds = round(moment.timestamp() * 1000)
    return {"propertyName": kind.modified, "operator": operator, "value": str(milliseconds)}


def _moment(row: dict[str, Any], kind: Kind) -> datetime:
    return datetime.fromisoformat(row["properties"][kind.modified]).astimezone(UTC)


def _in_parts(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (ids[first : first + size] for first in range(0, len(ids), size))


def _auth(name: str, config: HubspotSource, home: Home, say: Callable[[str], None]) -> httpx.Auth:
    if config.oauth is None:
        assert config.token_env is not None
        return Bearer(config.token_env)
    grant = Grant(
        f"{config.base_url.rstrip('/')}/oauth/v1/token",
        config.oauth.client_id_env,
        config.oauth.client_secret_env,
        config.oauth.refresh_token_env,
    )
    return RotatingToken(name, grant, TokenStore(home.state, name), say=say)


def _judge(answer: Answer) -> Verdict:
    verdict = judge_json(answer)
    match answer.status:
        case 207:
            return _judge_parts(answer, verdict)
        case 429 if isinstance(verdict, Retry):
            return _judge_limit(answer, verdict)
        # Locked for a moment, and an account that is just being moved.
        case 423 | 477 if isinstance(verdict, Fail):
            return Retry(verdict.why, retry_after(answer) or 2.0)
        case 403 if isinstance(verdict, Fail):
            advice = "give the app the scope; without the object Leads set leads = false"
            return Fail(verdict.why, advice, ConfigError)
        case _:
            return verdict


def _judge_parts(answer: Answer, verdict: Verdict) -> Verdict:
    """What is not found is gone; whatever else could not be read is asked for again."""
    if not isinstance(verdict, Done):
        return verdict
    errors = answer.json().get("errors") or []
    failed = [one for one in errors if one.get("category") != "OBJECT_NOT_FOUND"]
    return Retry(f"{failed[0].get('category')}: {failed[0].get('message')}") if failed else verdict


def _judge_limit(answer: Answer, verdict: Retry) -> Verdict:
    """By the name of the limit: the vendor's Retry-After is not to be relied on."""
    try:
        policy = str(answer.json().get("policyName"))
    except (ValueError, AttributeError):
        return verdict
    if policy.startswith("DAILY"):
        return Fail("quota used up", "the requests of this day are spent: run again tomorrow")
    return Retry(verdict.why, 10.0 if policy.startswith("TEN_SECONDLY") else 1.0)
