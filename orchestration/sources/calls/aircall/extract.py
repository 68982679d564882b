"""From the API of Aircall to its raw tables."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from orchestration.sources.calls.aircall.api import WALL, AircallApi
from orchestration.sources.calls.aircall.config import AircallSource
from orchestration.sources.calls.aircall.tables import CALLS, USERS
from orchestration.sources.connectors.extraction import Extraction

SLICE_DAYS = 30


def extract(config: AircallSource, extraction: Extraction) -> Iterator[None]:
    """All users, then calls by days, the oldest first."""
    with AircallApi(extraction.name, config, extraction.say) as aircall:
        for page in aircall.users():
            extraction.pages.add(USERS, page.body, len(page.rows))
        first, last = extraction.window or (_first_day(config, extraction), extraction.as_of)
        for begin, end in extraction.slices(first, last, SLICE_DAYS):
            extraction.say(f"calls of {begin} to {end}")
            _read(aircall, extraction, *seconds_of(config, begin, end))
            yield


def seconds_of(config: AircallSource, first: date, last: date) -> tuple[int, int]:
    """The first second of a day and the first behind another, since 1970.

    The vendor does not document whether the last second is included, so it is the first second of
    the next query; a call that comes twice is merged by key.
    """
    begin, end = (
        datetime.combine(day, time(), ZoneInfo(config.time_zone))
        for day in (first, last + timedelta(days=1))
    )
    return int(begin.timestamp()), int(end.timestamp())


def _first_day(config: AircallSource, extraction: Extraction) -> date:
    """The day from which calls are read again."""
    newest = extraction.newest(CALLS, "started_at")
    if newest is None:
        return config.history_from
    day: date = newest.replace(tzinfo=UTC).astimezone(ZoneInfo(config.time_zone)).date()
    return day - timedelta(days=config.lateness_days)


def _read(aircall: AircallApi, extraction: Extraction, first: int, last: int) -> None:
    """The calls that began from the first second to the last."""
    for page in aircall.calls(first, last):
        # It is not documented whether the total can exceed the limit of rows.
        if page.total >= WALL and last - first > 1:
            middle = (first + last) // 2
            _read(aircall, extraction, first, middle)
            _read(aircall, extraction, middle, last)
            return
        extraction.pages.add(CALLS, page.body, len(page.rows))
