"""What `voronka doctor` says alike of all ad cabinets."""

from datetime import date
from math import ceil

from orchestration.sources.ads.config import AdsSource
from orchestration.sources.base import Finding

# So many days are counted, and none of them loaded.
WEEK = 7


def history(name: str, config: AdsSource, oldest: date) -> Finding:
    """Whether statistics are kept as far back as the config wants them."""
    kept = oldest <= config.history_from
    found = f"statistics are kept since {oldest}"
    if not kept:
        found += f", expected `history_from` not before, found {config.history_from}"
    return Finding(f"{name} history", found, kept)


def minutes(days: int, seconds_of_week: float) -> int:
    """How long a first load of so many days takes, by the time that the week took."""
    return ceil(days * seconds_of_week / WEEK / 60)
