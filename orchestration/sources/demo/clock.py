"""The calendar of the demo: 2024-01-01 to 2026-06-30 in Moscow, in seconds since its start."""

import numpy as np

from orchestration.sources.demo.frame import pick

HOUR, DAY = 3_600, 86_400
FIRST_DAY = np.datetime64("2024-01-01")
DAYS = 912
END = DAYS * DAY
OPENS, CLOSES = 9 * HOUR, 20 * HOUR

DATES = FIRST_DAY + np.arange(DAYS)
MONTHS = DATES.astype("datetime64[M]").astype(int) - FIRST_DAY.astype("datetime64[M]").astype(int)
WEEKDAYS = np.arange(DAYS) % 7  # 2024-01-01 was a Monday
MONTH_COUNT = int(MONTHS[-1]) + 1
MONTH_STARTS = np.searchsorted(MONTHS, np.arange(MONTH_COUNT))
MONTH_ENDS = np.append(MONTH_STARTS[1:], DAYS) - 1

_WEEK = np.array([1.1, 1.1, 1.05, 1.0, 0.95, 0.45, 0.3])
_SEASON = np.array([0.85, 0.95, 1.05, 1.0, 0.95, 0.9, 0.85, 0.9, 1.05, 1.1, 1.15, 1.2])
HOURS_ONLINE = np.array([1] * 7 + [3, 6] + [12] * 10 + [8, 6, 5, 3, 2], dtype=float)
_HOURS_OFFICE = np.array([0] * 9 + [8, 12, 12, 9, 8, 10, 11, 11, 9, 6, 4] + [0] * 4, dtype=float)


def day_weights() -> np.ndarray:
    """How busy each day is: weekends and the first week of January are quiet, years grow."""
    busy = _WEEK[WEEKDAYS] * _SEASON[MONTHS % 12] * (1 + 0.15 * np.arange(DAYS) / 365)
    new_year = (MONTHS % 12 == 0) & (np.arange(DAYS) - MONTH_STARTS[MONTHS] < 8)
    weights: np.ndarray = np.where(new_year, busy * 0.4, busy)
    return weights


def moments(rng: np.random.Generator, size: int, *, office: bool = False) -> np.ndarray:
    """Moments in order, spread over days and hours as business is."""
    days = pick(rng, size, day_weights())
    hours = pick(rng, size, _HOURS_OFFICE if office else HOURS_ONLINE)
    return np.sort(days * DAY + hours * HOUR + rng.integers(0, HOUR, size))


def into_office(rng: np.random.Generator, at: np.ndarray) -> np.ndarray:
    """The moments themselves in office hours, else soon after the next opening; few on Sundays."""
    day, second = at // DAY, at % DAY
    day = day + (second >= CLOSES)
    closed = (second < OPENS) | (second >= CLOSES)
    sunday = (day % 7 == 6) & (rng.random(len(at)) < 0.8)
    morning = day * DAY + OPENS + rng.integers(0, HOUR // 2, len(at))
    return np.where(sunday, morning + DAY, np.where(closed, morning, at))


def waits(
    rng: np.random.Generator, median: np.ndarray | float, size: int, spread: float = 0.8
) -> np.ndarray:
    """Whole seconds to wait: log-normal around a median in seconds."""
    seconds: np.ndarray = median * np.exp(spread * rng.standard_normal(size))
    return seconds.astype(np.int64)


def month_of(at: np.ndarray) -> np.ndarray:
    """Number of the month (0 is January 2024) of moments inside the demo."""
    months: np.ndarray = MONTHS[np.clip(at // DAY, 0, DAYS - 1)]
    return months
