"""From the API of HubSpot to its raw tables."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import orjson

from orchestration.sources.crm.hubspot.api import ASSOCIATIONS_PAGE, PAGE, Hubspot, Page
from orchestration.sources.crm.hubspot.config import HubspotSource
from orchestration.sources.crm.hubspot.tables import (
    ACCOUNT,
    ARCHIVED,
    ASSOCIATIONS,
    CURRENT_STAGES,
    HISTORY,
    KINDS,
    OWNERS,
    READ,
    STAGES,
    Kind,
)
from orchestration.sources.vendor.extraction import Extraction
from orchestration.sources.vendor.tables import Table

Row = dict[str, Any]


def extract(config: HubspotSource, extraction: Extraction) -> Iterator[None]:
    """Dictionaries whole; the objects by their list the first time, by what changed from then on;
    and then the archive, where an object that was deleted meanwhile is found."""
    with Hubspot(extraction.name, config, extraction.home, extraction.say) as hubspot:
        _dictionaries(hubspot, config, extraction)
        for kind in kinds(config):
            reader = _Reader(hubspot, config, extraction, kind)
            yield from reader.objects()
            yield from reader.archive()


def kinds(config: HubspotSource) -> list[Kind]:
    """The kinds of objects that the config wants."""
    left_out = set()
    if not config.leads:
        left_out.add("leads")
    if config.calls == "ignore":
        left_out.add("calls")
    return [kind for kind in KINDS if kind.name not in left_out]


def properties(config: HubspotSource, kind: Kind) -> list[str]:
    """Those that the tables need and those that the config names: others do not come."""
    named = config.custom_fields.get(kind.name, {}).values()
    return list(dict.fromkeys([*kind.properties, *named]))


def _dictionaries(hubspot: Hubspot, config: HubspotSource, extraction: Extraction) -> None:
    extraction.say("account, owners and pipelines")
    pages = extraction.pages
    pages.add(ACCOUNT, orjson.dumps([hubspot.get("account-info/v3/details").json()]), 1)
    for archived in ("false", "true"):
        for page in hubspot.pages("crm/v3/owners", limit=PAGE, archived=archived):
            pages.add(OWNERS, page.body, len(page.rows))
    stages = [
        {**stage, "kind": kind, "pipeline_id": pipeline["id"], "pipeline_name": pipeline["label"]}
        for kind in ("deals", *(("leads",) if config.leads else ()))
        for pipeline in hubspot.get(f"crm/v3/pipelines/{kind}").json()["results"]
        for stage in pipeline["stages"]
    ]
    for table in (STAGES, CURRENT_STAGES):
        pages.add(table, orjson.dumps(stages), len(stages))


class _Reader:
    """One kind of objects on one night."""

    def __init__(
        self, hubspot: Hubspot, config: HubspotSource, extraction: Extraction, kind: Kind
    ) -> None:
        self._hubspot = hubspot
        self._extraction = extraction
        self._kind = kind
        self._properties = properties(config, kind)
        self._begin = _midnight(config.history_from)
        self._overlap = timedelta(minutes=config.overlap_minutes)
        linked = {"deals", "contacts", "companies", *(("leads",) if config.leads else ())}
        self._others = [other for other in kind.linked if other in linked]

    def objects(self) -> Iterator[None]:
        if self._extraction.window:
            first, last = self._extraction.window
            until = _midnight(last + timedelta(days=1)) - timedelta(milliseconds=1)
            yield from self._changes(_midnight(first), until)
            return
        read = next(
            (row for row in self._extraction.rows(READ) if row["kind"] == self._kind.name), None
        )
        if read is None:
            # What changes while the list is read is read again the next night.
            newest = self._hubspot.newest_change(self._kind)
            yield from self._list(newest or self._begin, None)
        elif read["after"]:
            yield from self._list(read["since"].replace(tzinfo=UTC), read["after"])
        else:
            yield from self._changes(read["since"].replace(tzinfo=UTC))

    def _list(self, since: datetime, after: str | None) -> Iterator[None]:
        self._extraction.say(f"{self._kind.name}, all there are")
        ids: list[str] = []
        listed = self._hubspot.objects(self._kind, self._properties, after=after)
        for pages, further in listed:
            for page in pages:
                ids += self._add(self._kind.table, self._recent(page))
            if further is None or len(ids) >= ASSOCIATIONS_PAGE:
                self._associate(ids)
                self._mark(since, further)
                ids = []
                yield

    def _changes(self, since: datetime, until: datetime | None = None) -> Iterator[None]:
        self._extraction.say(f"{self._kind.name} changed since {since:%Y-%m-%d %H:%M}")
        first = since if until else since - self._overlap
        for found, reached in self._hubspot.changed(self._kind, first, until):
            ids: list[str] = []
            for page in self._hubspot.read(self._kind, found, self._properties):
                ids += self._add(self._kind.table, page)
            self._associate(ids)
            if until is None:
                self._mark(max(since, reached), None)
            yield

    def archive(self) -> Iterator[None]:
        """What was deleted within the last three months: no list of changes tells of it."""
        kind = self._kind
        asked = self._properties if kind.archive else ["hs_object_id"]
        for pages, _ in self._hubspot.objects(kind, asked, archived=True):
            for page in pages:
                if kind.archive:
                    self._add(kind.archive, page)
                self._extraction.pages.add(
                    ARCHIVED,
                    *_body(
                        {"kind": kind.name, "id": row["id"], "archived_at": row["archivedAt"]}
                        for row in page.rows
                    ),
                )
            yield

    def _recent(self, page: Page) -> Page:
        """What changed since the first day that is wanted; a list cannot be asked for it."""
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
                # The newest is told first.
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


def _body(rows: Iterator[Row] | list[Row]) -> tuple[bytes, int]:
    listed = list(rows)
    return orjson.dumps(listed), len(listed)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
