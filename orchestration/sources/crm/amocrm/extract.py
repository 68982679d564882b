"""Reads the API of amoCRM into its raw tables."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson

from orchestration.sources.connectors.extraction import Extraction
from orchestration.sources.connectors.tables import Table
from orchestration.sources.crm.amocrm.api import AmocrmApi, Page
from orchestration.sources.crm.amocrm.config import AmocrmSource
from orchestration.sources.crm.amocrm.tables import (
    ACCOUNT,
    COMPANY_CALLS,
    CONTACT_CALLS,
    CONTACTS,
    CURRENT_STATUSES,
    CURRENT_USERS,
    DELETED_LEADS,
    EVENTS,
    LEAD_CALLS,
    LEADS,
    MESSAGE_EVENTS,
    STATUSES,
    TASK_EVENTS,
    TASKS,
    USERS,
)
from orchestration.sources.crm.amocrm.windows import Windows

# The largest page size; for a larger one, the vendor returns 50 rows without an error.
PAGE, EVENTS_PAGE = 250, 100
# Deep pages are slow and fail; an interrupted backfill reads at most this many days again.
SLICE_DAYS = 30
EVENT_TYPES = (
    "lead_status_changed",
    "lead_deleted",
    "lead_restored",
    "contact_deleted",
    "entity_merged",
)
MESSAGE_TYPES = (
    *("incoming_chat_message", "outgoing_chat_message", "entity_direct_message"),
    *("incoming_mail", "outgoing_mail", "incoming_sms", "outgoing_sms"),
)
TASK_TYPES = ("task_completed", "task_deleted")
CALL_NOTES = {"filter[note_type][]": ["call_in", "call_out"]}

_DAY = timedelta(days=1)


def extract(config: AmocrmSource, extraction: Extraction) -> Iterator[None]:
    """Dictionaries in full, then changes, the oldest first.

    The history comes last, when the cards that it refers to are landed.
    """
    with AmocrmApi(extraction.name, config, extraction.home, extraction.say) as amo:
        _dictionaries(amo, extraction)
        lists: list[tuple[Table, str, dict[str, Any]]] = [
            (CONTACTS, "contacts", {}),
            (LEADS, "leads", {"with": "contacts,loss_reason"}),
            (DELETED_LEADS, "leads", {"with": "only_deleted"}),
        ]
        lists += [(table, path, CALL_NOTES) for table, path in call_notes(config)]
        for table, path, params in lists:
            yield from _changes(amo, config, extraction, table, path, params)
        if config.tasks:
            yield from _tasks(amo, config, extraction)
        for table, types in events(config):
            yield from _events(amo, config, extraction, table, types)


def events(config: AmocrmSource) -> list[tuple[Table, tuple[str, ...]]]:
    """The lists of events to read, and the types of events in each."""
    return [
        (EVENTS, EVENT_TYPES),
        *([(MESSAGE_EVENTS, MESSAGE_TYPES)] if config.messages else []),
        *([(TASK_EVENTS, TASK_TYPES)] if config.tasks else []),
    ]


def call_notes(config: AmocrmSource) -> list[tuple[Table, str]]:
    """The lists of notes to read: notes of cards say which card a call belongs to; all notes
    together are the calls."""
    notes = [
        (LEAD_CALLS, "leads/notes"),
        (CONTACT_CALLS, "contacts/notes"),
        (COMPANY_CALLS, "companies/notes"),
    ]
    return {"ignore": [], "link": notes[:1], "take": notes}[config.calls]


def _dictionaries(amo: AmocrmApi, extraction: Extraction) -> None:
    extraction.say("account, users and pipelines")
    pages = extraction.pages
    pages.add(ACCOUNT, orjson.dumps([amo.get("account?with=task_types")]), 1)
    pages.open(CURRENT_USERS)
    page = amo.filled("users", "users", **{"with": "role,group", "limit": PAGE})
    while page.rows:
        pages.add(USERS, page.body, len(page.rows))
        pages.add(CURRENT_USERS, page.body, len(page.rows))
        page = amo.page(page.next, "users", promised=True) if page.next else Page()
    statuses = [
        {**status, "pipeline_id": pipeline["id"], "pipeline_name": pipeline["name"]}
        for pipeline in amo.filled("leads/pipelines", "pipelines").rows
        for status in pipeline["_embedded"]["statuses"]
    ]
    pages.add(STATUSES, orjson.dumps(statuses), len(statuses))
    pages.add(CURRENT_STATUSES, orjson.dumps(statuses), len(statuses))


def _changes(
    amo: AmocrmApi,
    config: AmocrmSource,
    extraction: Extraction,
    table: Table,
    path: str,
    params: dict[str, Any],
) -> Iterator[None]:
    """The rows that changed since the last read, by the time of change.

    A page begins at the time where the one before ended, and not at a page number: a row that
    changes meanwhile moves to the end of the list, and the rows after it would move past a counted
    page.
    """
    params = {**params, "order[updated_at]": "asc", "limit": PAGE}
    if extraction.window:
        for first, last in extraction.slices(*extraction.window, SLICE_DAYS, table.name):
            within = {**params, "filter[updated_at][to]": seconds(last + _DAY) - 1}
            yield from _changed(amo, extraction, table, path, within, seconds(first))
    else:
        since = _since(config, extraction, table, "updated_at")
        yield from _changed(amo, extraction, table, path, params, since)


def _changed(
    amo: AmocrmApi,
    extraction: Extraction,
    table: Table,
    path: str,
    params: dict[str, Any],
    since: int,
) -> Iterator[None]:
    kind = table.rows.rpartition(".")[2]
    extraction.say(f"{table.name} since {datetime.fromtimestamp(since, UTC):%Y-%m-%d %H:%M}")
    begin, now = since, int(datetime.now(UTC).timestamp())
    extraction.pace.begin()
    page = amo.page(path, kind, **{**params, "filter[updated_at][from]": since})
    while page.rows:
        extraction.pace.reach((since - begin) / max(now - begin, 1))
        extraction.pages.add(table, page.body, len(page.rows))
        if table is DELETED_LEADS:
            deleted = (row["id"] for row in page.rows if row.get("is_deleted") is not False)
            extraction.gone(LEADS, map(str, deleted))
        yield
        following = page.next
        if following is None:
            return
        times = [row["updated_at"] for row in page.rows]
        if times[-1] > since and times == sorted(times):
            since = times[-1]
            page = amo.page(
                path, kind, promised=True, **{**params, "filter[updated_at][from]": since}
            )
        else:
            # More rows changed in one second than fit on a page.
            page = amo.page(following, kind, promised=True)


def _tasks(amo: AmocrmApi, config: AmocrmSource, extraction: Extraction) -> Iterator[None]:
    """The tasks that changed since the last read; the vendor does not sort them by that time."""
    windows = Windows(amo, "tasks", PAGE)

    def add(found: Iterator[list[Page]]) -> Iterator[None]:
        for pages in found:
            for page in pages:
                if page.rows:
                    extraction.pages.add(TASKS, page.body, len(page.rows))
            yield

    if extraction.window:
        for first, last in extraction.slices(*extraction.window, SLICE_DAYS, TASKS.name):
            extraction.say(f"tasks since {first}")
            yield from add(windows.between(seconds(first), seconds(last + _DAY) - 1))
        return
    since = _since(config, extraction, TASKS, "updated_at")
    extraction.say(f"tasks since {datetime.fromtimestamp(since, UTC):%Y-%m-%d %H:%M}")
    yield from add(windows.since(since, seconds(extraction.as_of + _DAY)))


def _events(
    amo: AmocrmApi,
    config: AmocrmSource,
    extraction: Extraction,
    table: Table,
    types: tuple[str, ...],
) -> Iterator[None]:
    """The history, month by month. The API does not sort it, but past events do not change.

    The vendor says that the events of a filter are after its begin and before its end, not whether
    these seconds count: so each month is read from the second before it to the second after it.
    """
    if extraction.window:
        first, last = extraction.window
    else:
        last = extraction.as_of
        since = _since(config, extraction, table, "created_at")
        first = min(datetime.fromtimestamp(since, UTC).date(), last)
    for begin, end in extraction.slices(first, last, SLICE_DAYS, table.name):
        extraction.say(f"{table.name} since {begin}")
        params: dict[str, Any] = {
            "limit": EVENTS_PAGE,
            "filter[type]": ",".join(types),
            "filter[created_at][from]": seconds(begin) - 1,
        }
        # Outside a backfill up to now: an event after the day of the night shows the state before
        # it.
        if end < last or extraction.window:
            params["filter[created_at][to]"] = seconds(end + _DAY)
        page = amo.page("events", "events", **params)
        while page.rows:
            extraction.pages.add(table, page.body, len(page.rows))
            deleted = (row["entity_id"] for row in page.rows if row["type"] == "task_deleted")
            extraction.gone(TASKS, map(str, deleted))
            page = amo.page(page.next, "events", promised=True) if page.next else Page()
        yield


def _since(config: AmocrmSource, extraction: Extraction, table: Table, column: str) -> int:
    """The start of the read of a list, in seconds since 1970."""
    newest = extraction.newest(table, column)
    if newest is None:
        return seconds(config.history_from)
    newest -= timedelta(minutes=config.overlap_minutes)
    return int(newest.replace(tzinfo=UTC).timestamp())


def seconds(day: date) -> int:
    """The start of the day, in seconds since 1970."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
