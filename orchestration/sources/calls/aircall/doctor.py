"""What `voronka doctor` says of an Aircall account: calls are counted, none is loaded."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from math import ceil

from orchestration.sources.base import Finding
from orchestration.sources.calls.aircall.api import PAGE, AircallApi
from orchestration.sources.calls.aircall.config import AircallSource
from orchestration.sources.calls.aircall.extract import SLICE_DAYS, seconds_of


def diagnose(name: str, config: AircallSource, as_of: date) -> Iterator[Finding]:
    """The account, the calls of a first load, how far back they go, and how long they take."""
    with AircallApi(name, config) as aircall:
        company = aircall.company()
        yield Finding(f"source {name}", f"the key is valid, account {company.get('name')}")
        yield Finding(f"{name}.users", f"{next(aircall.users()).total:,} rows")
        total, requests, oldest = 0, 1, None
        first = config.history_from
        while first <= as_of:
            last = min(first + timedelta(days=SLICE_DAYS - 1), as_of)
            page = next(aircall.calls(*seconds_of(config, first, last), per_page=1))
            if page.rows and oldest is None:
                oldest = datetime.fromtimestamp(page.rows[0]["started_at"], UTC).date()
            total += page.total
            requests += max(1, ceil(page.total / PAGE))
            first = last + timedelta(days=1)
    since = f", the oldest of {oldest}" if oldest else ""
    yield Finding(f"{name}.calls", f"{total:,} rows from {config.history_from} to {as_of}{since}")
    minutes = ceil(requests / config.requests_per_minute)
    yield Finding(
        f"{name} limits",
        f"a first load takes about {requests:,} requests and at least {minutes:,} min, at"
        f" {config.requests_per_minute:,} a minute",
    )
