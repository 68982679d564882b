"""Findings of `voronka doctor` that all ad platforms share."""

from datetime import date
from math import ceil

from orchestration.sources.ads.config import AdsSource
from orchestration.sources.base import Finding

# The number of days that are counted; none of them is loaded.
WEEK = 7


def history(name: str, config: AdsSource, oldest: date) -> Finding:
    """Whether the platform keeps statistics as far back as `history_from`."""
    kept = oldest <= config.history_from
    found = f"statistics are kept since {oldest}"
    if not kept:
        found += f", expected `history_from` not before, found {config.history_from}"
    return Finding(f"{name} history", found, kept)


def minutes(days: int, seconds_of_week: float) -> int:
    """The time of a first load of this many days, estimated from the time of one week."""
    return ceil(days * seconds_of_week / WEEK / 60)
