"""From the Data API of UIS to its raw tables."""

from collections.abc import Iterator
from datetime import date, timedelta

from orchestration.sources.calls.uis.api import Uis
from orchestration.sources.calls.uis.config import UisSource
from orchestration.sources.calls.uis.tables import EMPLOYEES, LEGS, SESSIONS
from orchestration.sources.vendor.extraction import Extraction
from orchestration.sources.vendor.tables import Table

_PAGE = 10_000
# Rows beyond this offset cannot be asked for: a slice that has more is asked for in halves.
_LAST_OFFSET = 100_000
# No question may span more than three months.
_SLICE_DAYS = 30

_REPORTS = {SESSIONS: "get.calls_report", LEGS: "get.call_legs_report"}


def extract(config: UisSource, extraction: Extraction) -> Iterator[None]:
    """Employees whole, then sessions and legs by days, the oldest first."""
    with Uis(extraction.name, config, extraction.say) as uis:
        extraction.pages.open(EMPLOYEES)
        answer = uis.call("get.employees", limit=_PAGE)
        extraction.pages.add(EMPLOYEES, answer.body, len(answer.json()["result"]["data"]))
        first, last = extraction.window or (_first_day(config, extraction), extraction.as_of)
        for days in extraction.slices(first, last, _SLICE_DAYS):
            for table in _REPORTS:
                _read(uis, extraction, table, *days)
            yield


def _first_day(config: UisSource, extraction: Extraction) -> date:
    """The day from which calls are asked for again."""
    newest = extraction.newest(SESSIONS, "start_time")
    if newest is None:
        return config.history_from
    # A day more: the account's zone may be behind UTC.
    return newest.date() - timedelta(days=config.lateness_days + 1)


def _read(uis: Uis, extraction: Extraction, table: Table, first: date, last: date) -> None:
    extraction.say(f"{table.name} of {first} to {last}")
    total, offset = 1, 0
    while offset < total:
        answer = uis.call(
            _REPORTS[table],
            date_from=f"{first} 00:00:00",
            date_till=f"{last} 23:59:59",
            fields=[one.path for one in table.fields],
            sort=[{"field": "start_time", "order": "asc"}, {"field": "id", "order": "asc"}],
            limit=_PAGE,
            offset=offset,
        )
        result = answer.json()["result"]
        total = result["metadata"]["total_items"]
        if total > _LAST_OFFSET + _PAGE and first < last:
            middle = first + (last - first) // 2
            _read(uis, extraction, table, first, middle)
            _read(uis, extraction, table, middle + timedelta(days=1), last)
            return
        extraction.pages.add(table, answer.body, len(result["data"]))
        offset += _PAGE
