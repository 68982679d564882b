"""What may move sales from outside: weather, roads, holidays, promotions."""

import duckdb
import numpy as np

from orchestration.sources.demo.clock import DAY, DAYS, END, FIRST_DAY, HOUR
from orchestration.sources.demo.contacts import CITIES
from orchestration.sources.demo.frame import MISSING, Frame, labels, stack, store, take

_KINDS = ["weather", "road", "holiday", "promotion", "other"]
_WEATHER, _ROAD, _HOLIDAY, _PROMOTION, _OTHER = range(5)
_SEVERITIES = ["low", "medium", "high"]
# By kind: events in each city over the whole time, most days that one takes, most days by which it
# is known ahead.
_IN_CITIES = ((_WEATHER, 50, 4, 7), (_ROAD, 24, 10, 30), (_OTHER, 4, 2, 20))
_AHEAD = 30  # days after the end of the demo in which events are known
# First and last day of each year.
_HOLIDAYS = (
    ("01-01", "01-08"),
    ("02-23", "02-23"),
    ("03-08", "03-08"),
    ("05-01", "05-01"),
    ("05-09", "05-09"),
    ("06-12", "06-12"),
    ("11-04", "11-04"),
)
_YEARS = ("2024", "2025", "2026")
# First day of each year, and how many days.
_PROMOTIONS = (("03-01", 10), ("07-10", 21), ("09-01", 14), ("11-24", 7))
_PROMOTED_AHEAD = 30


def all_events(rng: np.random.Generator) -> Frame:
    """One row per event, by day: `kind`, `first` and `last` (days since the start of the demo),
    `city` and `severity` (-1: none), and `told_at`: when it became known."""
    events = stack(
        *(_in_cities(rng, *kind) for kind in _IN_CITIES),
        _dated(_HOLIDAY, [(f"{y}-{a}", f"{y}-{b}") for y in _YEARS for a, b in _HOLIDAYS], DAYS),
        _dated(_PROMOTION, list(_promotions()), _PROMOTED_AHEAD),
    )
    events = take(events, (events["told_at"] < END) & (events["first"] >= 0))
    return take(events, np.lexsort((events["city"], events["kind"], events["first"])))


def _promotions() -> list[tuple[str, str]]:
    days = [(np.datetime64(f"{y}-{day}"), length) for y in _YEARS for day, length in _PROMOTIONS]
    return [(str(first), str(first + length - 1)) for first, length in days]


def _in_cities(rng: np.random.Generator, kind: int, count: int, longest: int, ahead: int) -> Frame:
    city = np.repeat(np.arange(len(CITIES)), count)
    size = len(city)
    first = rng.integers(0, DAYS + _AHEAD, size)
    return {
        "kind": np.full(size, kind),
        "first": first,
        "last": first + rng.integers(0, longest, size),
        "city": city,
        "severity": rng.integers(0, len(_SEVERITIES), size),
        "told_at": np.maximum((first - rng.integers(1, ahead + 1, size)) * DAY + 8 * HOUR, 0),
    }


def _dated(kind: int, dates: list[tuple[str, str]], ahead: int) -> Frame:
    first, last = (
        (np.array(side, dtype="datetime64[D]") - FIRST_DAY).astype(np.int64)
        for side in zip(*dates, strict=True)
    )
    size = len(first)
    return {
        "kind": np.full(size, kind),
        "first": first,
        "last": last,
        "city": np.full(size, MISSING),
        "severity": np.full(size, MISSING),
        "told_at": np.maximum((first - ahead) * DAY + 8 * HOUR, 0),
    }


def store_events(connection: duckdb.DuckDBPyConnection, events: Frame) -> None:
    """One row per event; `updated_at` is when it became known."""
    store(
        connection,
        "external_events",
        {
            "number": np.arange(len(events["kind"])),
            "kind": labels(events["kind"], _KINDS),
            "city": labels(events["city"], CITIES),
            "severity": labels(events["severity"], _SEVERITIES),
            "starts_on": events["first"],
            "ends_on": events["last"],
            "expected": events["first"] >= DAYS,
            "updated_at": events["told_at"],
        },
        event_id="format('E{:04d}', number + 1)",
    )
