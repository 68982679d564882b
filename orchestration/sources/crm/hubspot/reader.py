"""Reads the objects of one kind into their raw tables."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import orjson

from orchestration.sources.connectors.extraction import Extraction
from orchestration.sources.connectors.tables import Table
from orchestration.sources.crm.hubspot.api import ASSOCIATIONS_PAGE, HubspotApi, in_parts
from orchestration.sources.crm.hubspot.config import HubspotSource
from orchestration.sources.crm.hubspot.pages import Page
from orchestration.sources.crm.hubspot.tables import ARCHIVED, ASSOCIATIONS, HISTORY, READ, Kind

# An interrupted backfill reads at most this many days again.
_SLICE_DAYS = 30
# Longer than the archive keeps objects.
_ARCHIVE_DAYS = 100


class Reader:
    """One kind of objects on one night: by its list the first time, later by changes."""

    def __init__(
        self, hubspot: HubspotApi, config: HubspotSource, extraction: Extraction, kind: Kind
    ) -> None:
        self._hubspot = hubspot
        self._extraction = extraction
        self._kind = kind
        self._properties = _properties(config, kind)
        self._begin = _midnight(config.history_from)
        self._overlap = timedelta(minutes=config.overlap_minutes)
        self._linked_since = extraction.as_of - timedelta(days=config.association_days - 1)
        linked = {"deals", "contacts", "companies", *(("leads",) if config.leads else ())}
        self._others = [other for other in kind.linked if other in linked]

    def objects(self) -> Iterator[None]:
        if self._extraction.window:
            days = self._extraction.slices(*self._extraction.window, _SLICE_DAYS, self._kind.name)
            for first, last in days:
                until = _midnight(last + timedelta(days=1)) - timedelta(milliseconds=1)
                yield from self._changes(_midnight(first), until)
            return
        read = self._extraction.rows(READ, f"kind = '{self._kind.name}'")
        if not read:
            # Objects that change during the read are read again the next night.
            newest = self._hubspot.search.newest_change(self._kind)
            yield from self._list(newest or self._begin, None)
            return
        since, after = read[0]["since"].replace(tzinfo=UTC), read[0]["after"]
        if after:
            yield from self._list(since, after)
        else:
            yield from self._changes(since)
            yield from self._associations()

    def _list(self, since: datetime, after: str | None) -> Iterator[None]:
        self._extraction.say(f"{self._kind.name}, all there are")
        self._extraction.pace.begin()
        # Where an interrupted list goes on, its number of objects says nothing.
        total = None if after else self._hubspot.search.total(self._kind)
        ids: list[str] = []
        read = 0
        listed = self._hubspot.objects(self._kind, self._properties, after=after)
        for pages, further in listed:
            for page in pages:
                read += len(page.rows)
                ids += self._add(self._kind.table, self._recent(page))
            if total:
                self._extraction.pace.reach(read / total)
            if further is None or len(ids) >= ASSOCIATIONS_PAGE:
                self._associate(ids)
                self._mark(since, further)
                ids = []
                yield

    def _changes(self, since: datetime, until: datetime | None = None) -> Iterator[None]:
        self._extraction.say(f"{self._kind.name} changed since {since:%Y-%m-%d %H:%M}")
        first = since if until else since - self._overlap
        for found, reached in self._hubspot.search.changed(self._kind, first, until):
            self._reread(found)
            if until is None:
                self._mark(max(since, reached), None)
            yield

    def _associations(self) -> Iterator[None]:
        """The associations of landed objects of the last days: one that is made or removed later
        changes no property, so the search does not find the object."""
        if not self._others:
            return
        self._extraction.say(f"associations of {self._kind.name} since {self._linked_since}")
        ids = self._extraction.keys(self._kind.table, f"created_at >= date '{self._linked_since}'")
        for some in in_parts(ids, ASSOCIATIONS_PAGE):
            self._associate(some)
            yield

    def _reread(self, ids: Sequence[str]) -> list[str]:
        """Add the existing objects of these ids, and return their ids."""
        there: list[str] = []
        for page in self._hubspot.read(self._kind, ids, self._properties):
            there += self._add(self._kind.table, page)
        self._associate(there)
        return there

    def archive(self) -> Iterator[None]:
        """The objects deleted within the last three months, which no list of changes has. Restored
        objects are not listed either: an object that left the archive is requested by id, because
        it may also have been deleted permanently."""
        kind = self._kind
        kept_since = self._extraction.as_of - timedelta(days=_ARCHIVE_DAYS)
        left = {
            row["id"]: row["archived_at"].replace(tzinfo=UTC).isoformat()
            for row in self._extraction.rows(
                ARCHIVED,
                f"kind = '{kind.name}' and is_restored is null"
                f" and archived_at >= date '{kept_since}'",
            )
        }
        asked = self._properties if kind.archive else ["hs_object_id"]
        for pages, _ in self._hubspot.objects(kind, asked, archived=True):
            for page in pages:
                if kind.archive:
                    self._add(kind.archive, page)
                self._archived((row["id"], row["archivedAt"]) for row in page.rows)
                self._extraction.gone(kind.table, (row["id"] for row in page.rows))
                for row in page.rows:
                    left.pop(row["id"], None)
            yield
        # A merged object is returned as its survivor.
        restored = [id_ for id_ in self._reread(list(left)) if id_ in left]
        self._archived(((id_, left[id_]) for id_ in restored), is_restored=True)
        yield

    def _archived(self, found: Iterable[tuple[str, str]], is_restored: bool | None = None) -> None:
        """The ids of the archive, and the times of the deletions."""
        self._extraction.pages.add(
            ARCHIVED,
            *_body(
                {
                    "kind": self._kind.name,
                    "id": id_,
                    "archived_at": archived_at,
                    "is_restored": is_restored,
                }
                for id_, archived_at in found
            ),
        )

    def _recent(self, page: Page) -> Page:
        """The rows of a list that has no filter by time, as far as they changed since the first
        wanted day."""
        begin = f"{self._begin:%Y-%m-%d}"
        rows = [
            row for row in page.rows if (row["properties"][self._kind.modified] or "9") >= begin
        ]
        if len(rows) == len(page.rows):
            return page
        return Page(orjson.dumps({"results": rows}), rows)

    def _add(self, table: Table, page: Page) -> list[str]:
        pages, kind = self._extraction.pages, self._kind.name
        pages.add(table, page.body, len(page.rows))
        pages.add(
            HISTORY,
            *_body(
                {
                    "kind": kind,
                    "id": row["id"],
                    "property": property_,
                    "value": change["value"],
                    "changed_at": change["timestamp"],
                    "changed_by": change.get("updatedByUserId"),
                    "place": place,
                }
                for row in page.rows
                for property_, changes in (row.get("propertiesWithHistory") or {}).items()
                # The newest comes first.
                for place, change in enumerate(reversed(changes), 1)
                if change["value"]
            ),
        )
        return [row["id"] for row in page.rows]

    def _associate(self, ids: Sequence[str]) -> None:
        kind = self._kind.name
        for other in self._others:
            found = self._hubspot.associated(kind, other, ids)
            self._extraction.pages.add(
                ASSOCIATIONS,
                *_body(
                    {
                        "kind": kind,
                        "id": id_,
                        "other_kind": other,
                        "linked": [
                            {"id": one, "label": " ".join(str(t.get("label") or "") for t in types)}
                            for one, types in linked.items()
                        ],
                    }
                    for id_, linked in found.items()
                ),
            )

    def _mark(self, since: datetime, after: str | None) -> None:
        row = {"kind": self._kind.name, "since": since.isoformat(), "after": after}
        self._extraction.pages.add(READ, *_body([row]))


def _body(rows: Iterable[dict[str, Any]]) -> tuple[bytes, int]:
    listed = list(rows)
    return orjson.dumps(listed), len(listed)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _properties(config: HubspotSource, kind: Kind) -> list[str]:
    """The properties that the tables and the config need: the vendor returns only requested
    ones."""
    named = config.custom_fields.get(kind.entity or kind.name, {}).values()
    return list(dict.fromkeys([*kind.properties, *named]))
