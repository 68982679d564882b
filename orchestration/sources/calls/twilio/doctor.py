"""What `voronka doctor` says of a Twilio account: one day is counted, nothing is loaded."""

from collections.abc import Iterator
from datetime import date
from math import ceil

from orchestration.sources.base import Finding
from orchestration.sources.calls.twilio.api import PAGE, Twilio
from orchestration.sources.calls.twilio.config import TwilioSource
from orchestration.sources.calls.twilio.extract import SLICE_DAYS


def diagnose(name: str, config: TwilioSource, as_of: date) -> Iterator[Finding]:
    """The account, the calls of the last day, and how many requests a first load takes.

    The vendor counts nothing beforehand, so that a first load is guessed from one day.
    """
    with Twilio(name, config) as twilio:
        account = twilio.account()
        active = account.get("status") == "active"
        found = f"the key is valid, account {account['friendly_name']}"
        if not active:
            found += f", expected it to be active, found {account.get('status')}"
        yield Finding(f"source {name}", found, active)
        calls = sum(len(page.rows) for page in twilio.calls(as_of, as_of))
        yield Finding(f"{name}.calls", f"{calls:,} legs on {as_of}")
        recordings = sum(len(page.rows) for page in twilio.recordings(as_of, as_of))
        yield Finding(f"{name}.recordings", f"{recordings:,} rows on {as_of}")
    days = (as_of - config.history_from).days + 1
    requests = 2 * ceil(days / SLICE_DAYS) + (calls + recordings) * days // PAGE
    yield Finding(f"{name} limits", f"a first load takes about {requests:,} requests")
