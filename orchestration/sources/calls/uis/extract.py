"""From the Data API of UIS to its raw tables."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from orchestration.sources.calls.uis.api import UisApi
from orchestration.sources.calls.uis.config import UisSource
from orchestration.sources.calls.uis.tables import EMPLOYEES, LEGS, SESSIONS
from orchestration.sources.connectors.extraction import Extraction

# A query may span at most three months.
SLICE_DAYS = 30
_SECOND = timedelta(seconds=1)
# A session may continue past midnight. Its later legs come with the slice of the next day; after
# the last day there is no such slice.
_LATE_LEGS = timedelta(hours=6)

REPORTS = {SESSIONS: "get.calls_report", LEGS: "get.call_legs_report"}


def extract(config: UisSource, extraction: Extraction) -> Iterator[None]:
    """All employees, then sessions and legs by days, the oldest first."""
    with UisApi(extraction.name, config, extraction.say) as uis:
        for page in uis.pages("get.employees"):
            extraction.pages.add(EMPLOYEES, page.body, len(page.rows))
        first, last = extraction.window or (_first_day(config, extraction), extraction.as_of)
        for begin, end in extraction.slices(first, last, SLICE_DAYS):
            for table in REPORTS:
                extraction.say(f"{table.name} of {begin} to {end}")
                behind = datetime.combine(end, time()) + timedelta(days=1)
                if table is LEGS and end == last:
                    behind += _LATE_LEGS
                began, ended = datetime.combine(begin, time()), behind - _SECOND
                fields = [one.path for one in table.fields]
                for page in uis.report(REPORTS[table], f"{began}", f"{ended}", fields):
                    extraction.pages.add(table, page.body, len(page.rows))
            yield


def _first_day(config: UisSource, extraction: Extraction) -> date:
    """The day from which calls are read again."""
    newest: list[datetime | None] = [extraction.newest(table, "start_time") for table in REPORTS]
    landed = [moment for moment in newest if moment is not None]
    # A run that was killed may have landed one table and not the other.
    if len(landed) < len(newest):
        return config.history_from
    # One day more: the account's zone may be behind UTC.
    return min(landed).date() - timedelta(days=config.lateness_days + 1)
