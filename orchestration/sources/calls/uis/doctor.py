"""What `voronka doctor` says of a UIS account: rows are counted, none is loaded."""

from collections.abc import Iterator
from datetime import date, timedelta
from math import ceil

from orchestration.sources.base import Finding
from orchestration.sources.calls.uis.api import PAGE, UisApi
from orchestration.sources.calls.uis.config import UisSource
from orchestration.sources.calls.uis.extract import REPORTS, SLICE_DAYS

# Less than the three months that one question may span.
_COUNTED_DAYS = 85


def diagnose(name: str, config: UisSource, as_of: date) -> Iterator[Finding]:
    """The account and its zone, the rows of a first load, and how long the limits make it take."""
    with UisApi(name, config) as uis:
        account = uis.call("get.account").rows[0]
        zone = account.get("timezone")
        found = f"the key is valid, account {account.get('app_id')}, times in {zone}"
        if zone != config.time_zone:
            found += f", expected `time_zone` {config.time_zone} as in the config"
        yield Finding(f"source {name}", found, zone == config.time_zone)
        page = uis.call("get.employees", limit=1)
        yield Finding(f"{name}.employees", f"{page.total:,} rows")
        slices = ceil(((as_of - config.history_from).days + 1) / SLICE_DAYS)
        requests = 1 + page.total // PAGE
        for table, method in REPORTS.items():
            total = 0
            for first, last in _windows(config.history_from, as_of):
                page = uis.call(
                    method,
                    date_from=f"{first} 00:00:00",
                    date_till=f"{last} 23:59:59",
                    fields=["id"],
                    limit=1,
                )
                total += page.total
            requests += slices + total // PAGE
            days = f"from {config.history_from} to {as_of}"
            yield Finding(f"{name}.{table.name}", f"{total:,} rows {days}")
    left, day = page.limits.get("day_remaining"), page.limits.get("day_limit")
    minutes = ceil(requests / config.requests_per_minute)
    found = f"{left:,} of {day:,} requests left today, " if left is not None and day else ""
    found += f"a first load takes about {requests:,} and at least {minutes:,} min"
    yield Finding(f"{name} limits", found, left is None or left > 0)


def _windows(first: date, last: date) -> Iterator[tuple[date, date]]:
    while first <= last:
        yield first, min(first + timedelta(days=_COUNTED_DAYS - 1), last)
        first += timedelta(days=_COUNTED_DAYS)
