"""What `voronka doctor` says of an exchange: one day is counted, nothing is loaded."""

from collections.abc import Iterator
from datetime import date
from math import ceil

from orchestration.sources.base import Finding
from orchestration.sources.calls.mango.api import PAGE, Mango
from orchestration.sources.calls.mango.config import MangoSource
from orchestration.sources.calls.mango.extract import SLICE_DAYS

# A report is ordered, and asked for at least twice.
_QUESTIONS = 3


def diagnose(name: str, config: MangoSource, as_of: date) -> Iterator[Finding]:
    """Key and salt, the calls of the last day, and how long the limits make a first load take.

    The vendor counts nothing beforehand, so that a first load is guessed from one day.
    """
    with Mango(name, config) as mango:
        users = mango.users().json()["users"]
        yield Finding(f"source {name}", "the key and the salt are valid")
        yield Finding(f"{name}.users", f"{len(users):,} rows")
        calls = sum(len(page) for page in mango.calls(as_of, as_of))
    yield Finding(f"{name}.calls", f"{calls:,} rows on {as_of}")
    days = (as_of - config.history_from).days + 1
    reports = ceil(days / SLICE_DAYS) + calls * days // PAGE
    minutes = ceil(reports * _QUESTIONS * config.seconds_per_statistic / 60)
    yield Finding(
        f"{name} limits",
        f"a first load takes about {reports:,} reports and at least {minutes:,} min, at one"
        f" question in {config.seconds_per_statistic:g} s",
    )
