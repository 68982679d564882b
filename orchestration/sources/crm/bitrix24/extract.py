"""Reads the REST methods of Bitrix24 into its raw tables."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson

from orchestration.sources.connectors.extraction import Extraction
from orchestration.sources.connectors.tables import Table
from orchestration.sources.crm.bitrix24.activities import ACTIVITIES, MESSAGES, TASKS
from orchestration.sources.crm.bitrix24.api import Bitrix24Api, CrowdedError
from orchestration.sources.crm.bitrix24.config import Bitrix24Source
from orchestration.sources.crm.bitrix24.queries import Params
from orchestration.sources.crm.bitrix24.spans import (
    CROWDED_ROWS,
    PAGES_AT_ONCE,
    SHORTEST,
    SLICE_DAYS,
    parts,
    spans,
)
from orchestration.sources.crm.bitrix24.tables import (
    CALLS,
    CHOICES,
    CONTACTS,
    CURRENT_STATUSES,
    DEAL_HISTORY,
    DEALS,
    DEPARTMENTS,
    LEAD_HISTORY,
    LEADS,
    PRESENT,
    STATUSES,
    SWEEPS,
    USERS,
)

# The vendor's own name of the list of their stages; the marts call all leads `leads`.
LEAD_PIPELINE = "STATUS"
# The vendor's ids of card types.
_LEAD, _DEAL = 1, 2
_ACTIVITIES = "crm.activity.list"
CARDS = (
    (CONTACTS, "crm.contact.list"),
    (LEADS, "crm.lead.list"),
    (DEALS, "crm.deal.list"),
)
# The vendor's names of kinds of activities.
_MESSAGES: Params = {"PROVIDER_ID": ["CRM_EMAIL", "CRM_SMS", "IMOPENLINES_SESSION"]}
_TASKS: Params = {"PROVIDER_ID": ["CRM_TODO", "CRM_MEETING", "CRM_TASKS_TASK", "TASKS"]}
_DAY = timedelta(days=1)
_OWN = "UF_"
_STATUSES: dict[str, tuple[str, Params]] = {
    "pipelines": ("crm.category.list", {"entityTypeId": _DEAL}),
    "statuses": ("crm.status.list", {}),
}


@dataclass(frozen=True)
class Changes:
    """A list that is read by time of change. `cursor`: its name of that time; `overlap`: how long
    before the newest landed row the read begins."""

    table: Table
    method: str
    cursor: str
    overlap: timedelta
    params: Params

    def within(self, since: datetime, until: datetime) -> Params:
        """The parameters of the list for a span, both ends included."""
        span = {f">={self.cursor}": _iso(since), f"<={self.cursor}": _iso(until)}
        return {**self.params, "filter": {**self.params.get("filter", {}), **span}}


def changes(config: Bitrix24Source) -> list[Changes]:
    """The lists that the config requires, in reading order."""
    overlap = timedelta(minutes=config.overlap_minutes)
    late = timedelta(days=config.lateness_days)
    lists = []
    for table, method in CARDS:
        own = sorted(config.custom_fields.get(table.name, {}).values())
        params: Params = {"select": [*_selected(table), *own]}
        lists.append(Changes(table, method, "DATE_MODIFY", overlap, params))
    for table, kind in ((LEAD_HISTORY, _LEAD), (DEAL_HISTORY, _DEAL)):
        params = {"entityTypeId": kind}
        lists.append(Changes(table, "crm.stagehistory.list", "CREATED_TIME", overlap, params))
    if config.calls != "ignore":
        params = {"select": _selected(ACTIVITIES), "filter": {"PROVIDER_ID": "VOXIMPLANT_CALL"}}
        lists += [
            Changes(CALLS, "voximplant.statistic.get", "CALL_START_DATE", late, {}),
            Changes(ACTIVITIES, _ACTIVITIES, "LAST_UPDATED", overlap, params),
        ]
    for table, kinds, is_wanted in (
        (MESSAGES, _MESSAGES, config.messages),
        (TASKS, _TASKS, config.tasks),
    ):
        if is_wanted:
            params = {"select": _selected(table), "filter": kinds}
            lists.append(Changes(table, _ACTIVITIES, "LAST_UPDATED", overlap, params))
    return lists


def sweeps(config: Bitrix24Source) -> list[tuple[Table, str, Params]]:
    """The lists of ids that a night reads, with their tables."""
    cards: list[tuple[Table, str, Params]] = [(table, method, {}) for table, method in CARDS]
    return [*cards, *([(TASKS, _ACTIVITIES, {"filter": _TASKS})] if config.tasks else [])]


def extract(config: Bitrix24Source, extraction: Extraction) -> Iterator[None]:
    """Dictionaries in full, then changed rows, then the ids of existing cards.

    The ids come last: a landed card without an id there no longer exists.
    """
    with Bitrix24Api(extraction.name, config, extraction.home, extraction.say) as bitrix:
        _dictionaries(bitrix, config, extraction)
        for one in changes(config):
            yield from _changed(bitrix, config, extraction, one)
        _sweep(bitrix, config, extraction)
        yield


def _dictionaries(bitrix: Bitrix24Api, config: Bitrix24Source, extraction: Extraction) -> None:
    extraction.say("users, departments, pipelines and stages")
    # It is not documented whether former users are listed by default.
    for is_active in (True, False):
        for page in bitrix.pages("user.get", FILTER={"ACTIVE": is_active}, sort="ID", order="ASC"):
            _add(extraction, USERS, page)
    extraction.pages.open(DEPARTMENTS, CHOICES)
    for page in bitrix.pages("department.get", sort="ID", order="ASC"):
        _add(extraction, DEPARTMENTS, page)
    own = {
        entity: f"crm.{entity.removesuffix('s')}.fields"
        for entity, columns in config.custom_fields.items()
        if columns
    }
    found = bitrix.together(
        {
            **_STATUSES,
            **{entity: (method, {}) for entity, method in own.items()},
        }
    )
    stages = list(_stages(found))
    _add(extraction, STATUSES, stages)
    _add(extraction, CURRENT_STATUSES, stages)
    for entity in own:
        mapped = set(config.custom_fields[entity].values())
        choices = [
            {"entity": entity, "field_id": name, **item}
            for name, field in found[entity].items()
            if name in mapped
            for item in field.get("items") or []
        ]
        _add(extraction, CHOICES, choices)


def stages(bitrix: Bitrix24Api) -> list[dict[str, Any]]:
    """All stages, each with its pipeline."""
    return list(_stages(bitrix.together(_STATUSES)))


def _stages(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The stages among all lists of the portal."""
    pipelines = {LEAD_PIPELINE: (LEAD_PIPELINE, "Leads")}
    for category in found["pipelines"]["categories"]:
        number = str(category["id"])
        entity = "DEAL_STAGE" if number == "0" else f"DEAL_STAGE_{number}"
        pipelines[entity] = (number, category["name"])
    for status in found["statuses"]:
        if status["ENTITY_ID"] in pipelines:
            number, name = pipelines[status["ENTITY_ID"]]
            yield {**status, "pipeline_id": number, "pipeline_name": name}


def _changed(
    bitrix: Bitrix24Api, config: Bitrix24Source, extraction: Extraction, one: Changes
) -> Iterator[None]:
    """The rows that changed since the last read, span by span, ordered by id in each.

    Changes after the start of the read are left out: a row that is edited meanwhile leaves the
    list, and the next night, which begins at the newest landed row, finds it.
    """
    extraction.pace.begin()
    begin = None
    for since, until in _spans(bitrix, config, extraction, one):
        begin = begin or since
        extraction.pace.reach((since - begin) / max(bitrix.now - begin, timedelta(seconds=1)))
        extraction.say(f"{one.table.name} since {since:%Y-%m-%d %H:%M}")
        most = CROWDED_ROWS if until - since > SHORTEST else None
        try:
            _read(bitrix, extraction, one, since, until, most)
            yield
        except CrowdedError:
            for part in parts(bitrix, one.method, one.within, (since, until)):
                extraction.say(f"{one.table.name} since {part[0]:%Y-%m-%d %H:%M}")
                _read(bitrix, extraction, one, *part)
                yield


def _read(
    bitrix: Bitrix24Api,
    extraction: Extraction,
    one: Changes,
    since: datetime,
    until: datetime,
    most: int | None = None,
) -> None:
    """Add the rows of a span, unless there are more than `most` (CrowdedError)."""
    for page in bitrix.by_id(one.method, one.within(since, until), PAGES_AT_ONCE, most):
        _add(extraction, one.table, page)


def _spans(
    bitrix: Bitrix24Api, config: Bitrix24Source, extraction: Extraction, one: Changes
) -> Iterator[tuple[datetime, datetime]]:
    """The start and end of one request of the list, in the zone of the portal: users report that it
    may read the time of a filter and overlook its offset."""
    zone = bitrix.now.tzinfo
    if extraction.window:
        for first, last in extraction.slices(*extraction.window, SLICE_DAYS, one.table.name):
            end = _begin(last + _DAY) - timedelta(seconds=1)
            yield _begin(first).astimezone(zone), end.astimezone(zone)
        return
    column = next(each.column.name for each in one.table.fields if each.path == one.cursor)
    newest = extraction.newest(one.table, column)
    since = newest.replace(tzinfo=UTC) - one.overlap if newest else _begin(config.history_from)
    yield from spans(bitrix, one.method, one.within, since.astimezone(zone))


def _sweep(bitrix: Bitrix24Api, config: Bitrix24Source, extraction: Extraction) -> None:
    """The ids of all existing rows: no list of the portal reports deleted or merged ones."""
    extraction.pages.open(PRESENT)
    for table, method, params in sweeps(config):
        extraction.say(f"ids of {table.name}")
        sweep = {"entity": table.name, "began_at": _iso(bitrix.now)}
        gone = extraction.dead_letter_keys(table)
        for page in bitrix.by_id(method, {**params, "select": ["ID"]}):
            _add(extraction, PRESENT, [{"entity": table.name, "ID": row["ID"]} for row in page])
            gone.difference_update(f"{row['ID']}" for row in page)
        extraction.gone(table, gone)
        _add(extraction, SWEEPS, [sweep])


def _selected(table: Table) -> list[str]:
    return [one.path for one in table.fields if one.path != "custom"]


def _add(extraction: Extraction, table: Table, rows: list[dict[str, Any]]) -> None:
    """Rows of a page or of a command of a batch. The portal's own fields become a list."""
    for row in rows:
        own = [(name, value) for name, value in row.items() if name.startswith(_OWN)]
        if own and "custom" in table.column_names:
            row["custom"] = [
                {"field_id": name, "value": one}
                for name, value in own
                for one in (value if isinstance(value, list) else [value])
            ]
    extraction.pages.add(table, orjson.dumps(rows), len(rows))


def _begin(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
