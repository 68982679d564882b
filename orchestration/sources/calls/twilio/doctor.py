"""What `voronka doctor` says of a Twilio account: a week is counted, nothing is loaded."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import date, timedelta
from math import ceil

from orchestration.sources.base import Finding
from orchestration.sources.calls.twilio.api import PAGE, TwilioApi
from orchestration.sources.calls.twilio.config import TwilioSource
from orchestration.sources.calls.twilio.extract import SLICE_DAYS


def diagnose(name: str, config: TwilioSource, as_of: date) -> Iterator[Finding]:
    """The account, how far its calls go back, and how long the limits make a first load take.

    The vendor gives no counts, so the first load is estimated from the last week.
    """
    with TwilioApi(name, config) as twilio:
        account = twilio.account()
        active = account.get("status") == "active"
        found = f"the key is valid, account {account['friendly_name']}"
        if not active:
            found += f", expected it to be active, found {account.get('status')}"
        yield Finding(f"source {name}", found, active)
        oldest = _oldest(twilio, config.history_from, as_of)
        days = (as_of - oldest).days + 1 if oldest else 0
        requests = 2 * ceil(((as_of - config.history_from).days + 1) / SLICE_DAYS)
        for what, read in (("calls", twilio.calls), ("recordings", twilio.recordings)):
            week = sum(len(page.rows) for page in read(as_of - timedelta(days=6), as_of))
            rows = week * days // 7
            requests += rows // PAGE
            found = f"none from {config.history_from} to {as_of}"
            if oldest:
                found = (
                    f"about {rows:,} rows since {oldest}, guessed from {week:,} in the last week"
                )
            yield Finding(f"{name}.{what}", found)
    minutes = ceil(requests / config.requests_per_second / 60)
    yield Finding(
        f"{name} limits",
        f"a first load takes about {requests:,} requests and at least {minutes:,} min, at"
        f" {config.requests_per_second:,} a second",
    )


def _oldest(twilio: TwilioApi, first: date, last: date) -> date | None:
    """The day of the oldest call, by binary search."""

    def has_calls(days: int) -> bool:
        page = next(twilio.calls(first, first + timedelta(days=days), page_size=1))
        return bool(page.rows)

    all_days = range((last - first).days + 1)
    place = bisect_left(all_days, True, key=has_calls)
    return first + timedelta(days=place) if place in all_days else None
