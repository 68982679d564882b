"""What `voronka doctor` says of an exchange: a week is counted, nothing is loaded."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import date, timedelta
from math import ceil

from orchestration.sources.base import Finding
from orchestration.sources.calls.mango.api import PAGE, MangoApi
from orchestration.sources.calls.mango.config import MangoSource
from orchestration.sources.calls.mango.extract import SLICE_DAYS

# A report takes one request and at least two polls.
_QUESTIONS = 3
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)


def diagnose(name: str, config: MangoSource, as_of: date) -> Iterator[Finding]:
    """Key and salt, how far calls go back, and how long the limits make a first load take.

    The vendor gives no counts, so the first load is estimated from the last week.
    """
    with MangoApi(name, config) as mango:
        users = mango.users().json()["users"]
        yield Finding(f"source {name}", "the key and the salt are valid")
        yield Finding(f"{name}.users", f"{len(users):,} rows")
        week = sum(len(page) for page in mango.calls(as_of - _WEEK + _DAY, as_of))
        oldest = _oldest(mango, config.history_from, as_of)
    days = (as_of - oldest).days + 1 if oldest else 0
    rows = week * days // 7
    found = f"none from {config.history_from} to {as_of}"
    if oldest:
        found = f"about {rows:,} rows since {oldest}, guessed from {week:,} in the last week"
    yield Finding(f"{name}.calls", found)
    reports = ceil(((as_of - config.history_from).days + 1) / SLICE_DAYS) + rows // PAGE
    minutes = ceil(reports * _QUESTIONS * config.seconds_per_statistic / 60)
    yield Finding(
        f"{name} limits",
        f"a first load takes about {reports:,} reports and at least {minutes:,} min, at one"
        f" question in {config.seconds_per_statistic:g} s",
    )


def _oldest(mango: MangoApi, first: date, last: date) -> date | None:
    """The first day of the first slice that has calls, by binary search: assumes that every later
    slice has calls."""
    begins = [first + _DAY * days for days in range(0, (last - first).days + 1, SLICE_DAYS)]

    def has_calls(begin: date) -> bool:
        end = min(begin + _DAY * (SLICE_DAYS - 1), last)
        return bool(next(mango.calls(begin, end, page_size=1)))

    place = bisect_left(begins, True, key=has_calls)
    return begins[place] if place < len(begins) else None
