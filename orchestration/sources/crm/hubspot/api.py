"""The API of one account: lists by id, reads by id, and associations."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self

from orchestration.core.home import Home
from orchestration.sources.crm.hubspot.config import HubspotSource
from orchestration.sources.crm.hubspot.pages import OBJECTS, Page, after_of, page_of
from orchestration.sources.crm.hubspot.search import Search
from orchestration.sources.crm.hubspot.tables import Kind
from orchestration.sources.crm.hubspot.verdicts import judge
from orchestration.sources.http.auth import Bearer, Credentials, account_of
from orchestration.sources.http.client import Api
from orchestration.sources.http.oauth import Grant, RotatingToken
from orchestration.sources.http.rates import Rate
from orchestration.sources.http.tokens import TokenStore
from orchestration.sources.http.verdict import Answer

# The largest answers: objects, objects with the history of properties, objects with associations,
# and the associations of one object.
PAGE, HISTORY_PAGE, ASSOCIATIONS_PAGE, _NESTED_PAGE = 100, 50, 1000, 500
# Servers reject a longer URL.
_LONGEST_LIST = 2000


class HubspotApi:
    """Every call counts against the limits of the account; a search also counts against the limit
    of searches."""

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
            judge=judge,
            auth=(auth := _auth(name, config, home, say)),
            account=account_of("hubspot", auth.holder),
            say=say,
        )
        self.search = Search(self._api, Rate(config.searches_per_second, 1, name="search"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._api.__exit__(*error)

    def get(self, path: str) -> Answer:
        return self._api.get(path)

    def pages(self, path: str, **params: Any) -> Iterator[Page]:
        """The pages of a list, from `after` on."""
        while True:
            page = page_of(self._api.get(path, params))
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
        """All objects of a kind ordered by id, some pages at a time, and the position where the
        list continues."""
        asked: dict[str, Any] = {"archived": str(archived).lower()}
        if after:
            asked["after"] = after
        wanted = ",".join(properties)
        if len(wanted) > _LONGEST_LIST:
            # The list returns only ids; the objects are requested by id, with a body.
            for page in self.pages(f"{OBJECTS}/{kind.name}", limit=PAGE, **asked):
                ids = [row["id"] for row in page.rows]
                yield list(self.read(kind, ids, properties, archived)), page.after
            return
        if kind.history:
            asked["propertiesWithHistory"] = ",".join(kind.history)
        limit = HISTORY_PAGE if kind.history else PAGE
        for page in self.pages(f"{OBJECTS}/{kind.name}", limit=limit, properties=wanted, **asked):
            yield [page], page.after

    def read(
        self, kind: Kind, ids: Sequence[str], properties: Sequence[str], archived: bool = False
    ) -> Iterator[Page]:
        """The existing objects of these ids. A merged object is returned as its survivor."""
        for some in in_parts(ids, HISTORY_PAGE if kind.history else PAGE):
            asked = {"inputs": [{"id": id_} for id_ in some], "properties": list(properties)}
            if kind.history:
                asked["propertiesWithHistory"] = list(kind.history)
            yield page_of(
                self._api.post(
                    f"{OBJECTS}/{kind.name}/batch/read",
                    json=asked,
                    params={"archived": str(archived).lower()},
                )
            )

    def associated(
        self, kind: str, other: str, ids: Sequence[str]
    ) -> dict[str, dict[str, list[dict[str, Any]]]]:
        """By id, the ids of the associated objects, each once, with all labels. The vendor returns
        one association once per label."""
        found: dict[str, dict[str, list[dict[str, Any]]]] = {id_: {} for id_ in ids}
        for some in in_parts(ids, ASSOCIATIONS_PAGE):
            answer = self._api.post(
                f"crm/v4/associations/{kind}/{other}/batch/read",
                json={"inputs": [{"id": id_} for id_ in some]},
            ).json()
            for result in answer["results"]:
                id_ = str(result["from"]["id"])
                linked = found.setdefault(id_, {})
                _collect(linked, result["to"])
                after = after_of(result)
                if after:
                    path = f"crm/v4/objects/{kind}/{id_}/associations/{other}"
                    for page in self.pages(path, limit=_NESTED_PAGE, after=after):
                        _collect(linked, page.rows)
        return found


def _collect(linked: dict[str, list[dict[str, Any]]], others: list[dict[str, Any]]) -> None:
    for one in others:
        known = linked.setdefault(str(one["toObjectId"]), [])
        known += [label for label in one.get("associationTypes") or [] if label not in known]


def in_parts(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """The ids, so many at a time."""
    return (ids[first : first + size] for first in range(0, len(ids), size))


def _auth(name: str, config: HubspotSource, home: Home, say: Callable[[str], None]) -> Credentials:
    if config.oauth is None:
        assert config.token_env is not None
        return Bearer(config.token_env)
    grant = Grant(
        f"{config.base_url.rstrip('/')}/oauth/2026-03/token",
        config.oauth.client_id_env,
        config.oauth.client_secret_env,
        config.oauth.refresh_token_env,
    )
    return RotatingToken(name, grant, TokenStore(home.state, name), say=say)
