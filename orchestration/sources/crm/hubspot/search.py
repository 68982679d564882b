"""The search of one account: changed objects, ordered by time of change."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from orchestration.sources.crm.hubspot.pages import OBJECTS, Page, page_of
from orchestration.sources.crm.hubspot.tables import Kind
from orchestration.sources.http.client import Api
from orchestration.sources.http.rates import Rate
from orchestration.sources.http.verdict import Answer

# The most objects in one answer.
_PAGE = 200
_MILLISECOND = timedelta(milliseconds=1)


class Search:
    """The search finds changes with a delay, has no history, and has its own rate limit."""

    def __init__(self, api: Api, rate: Rate) -> None:
        self._api = api
        self._rate = rate

    def newest_change(self, kind: Kind) -> datetime | None:
        """The latest change that the search finds."""
        rows = self._first(kind, [], kind.modified, "DESCENDING", limit=1).rows
        return _moment(rows[0], kind) if rows else None

    def total(self, kind: Kind) -> int:
        """The number of objects of a kind."""
        asked = {**_query([], kind.modified, "ASCENDING"), "limit": 1}
        return int(self._ask(kind, asked).json()["total"])

    def changed(
        self, kind: Kind, since: datetime, until: datetime | None = None
    ) -> Iterator[tuple[list[str], datetime]]:
        """The ids of changed objects, the oldest change first, and the time up to which they are
        complete.

        A query begins at the time where the answer before ended, and not at a page number: an
        object that changes meanwhile moves to the end, and the objects after it would move past a
        counted page. This also keeps each query below 10,000 objects, the maximum of a search.
        """
        last = [_changed(kind, "LTE", until)] if until else []
        known: set[str] = set()
        while True:
            page = self._first(kind, [_changed(kind, "GTE", since), *last], kind.modified)
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
            # More objects changed in this millisecond than fit in an answer.
            for ids in self._changed_at_once(kind, since):
                yield [id_ for id_ in ids if id_ not in known], since
            since, known = since + _MILLISECOND, set()

    def _changed_at_once(self, kind: Kind, moment: datetime) -> Iterator[list[str]]:
        """Ids in text order, as the vendor sorts them: 9 comes after 10."""
        then = [_changed(kind, "GTE", moment), _changed(kind, "LTE", moment)]
        behind: list[dict[str, str]] = []
        while True:
            page = self._first(kind, [*then, *behind], "hs_object_id")
            ids = [row["id"] for row in page.rows]
            yield ids
            if page.after is None:
                return
            behind = [{"propertyName": "hs_object_id", "operator": "GT", "value": ids[-1]}]

    def _first(
        self,
        kind: Kind,
        filters: list[dict[str, str]],
        sort: str,
        direction: str = "ASCENDING",
        limit: int = _PAGE,
    ) -> Page:
        """The first results. After an empty page, `after` may still lead to others."""
        asked = {
            **_query(filters, sort, direction),
            "properties": [kind.modified],
            "limit": limit,
        }
        while True:
            page = page_of(self._ask(kind, asked))
            if page.rows or page.after is None:
                return page
            asked["after"] = page.after

    def _ask(self, kind: Kind, asked: dict[str, Any]) -> Answer:
        return self._api.post(f"{OBJECTS}/{kind.name}/search", json=asked, rate=self._rate)


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
