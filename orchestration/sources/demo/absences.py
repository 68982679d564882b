"""Vacations and sick leave of the managers, and who stands in for them."""

import duckdb
import numpy as np

from orchestration.sources.demo import people, truths
from orchestration.sources.demo.clock import DAY, DAYS, END, HOUR, MONTH_ENDS, MONTH_STARTS
from orchestration.sources.demo.frame import MISSING, Frame, stack, store, take

_VACATION_DAYS, _TOLD_AHEAD = 14, 90
# First and last day of a year on which each half of the vacation may begin.
_HALVES = ((31, 165), (181, 325))
_SICK_A_YEAR = 1.2
_YEARS = np.array([0, 366, 731])  # first day of each year of the demo
_WORKS_ON = 0.1  # share of the calls that the manager makes nevertheless


def all_absences(rng: np.random.Generator) -> Frame:
    """One row per absence, by manager and day: `manager`, `first` and `last` (days since the start
    of the demo; a vacation may lie after its end), `sick`, and `told_at`: when it became known."""
    absences = stack(*(_vacations(rng, half) for half in _HALVES), _sick_leave(rng))
    manager, first, last = absences["manager"], absences["first"], absences["last"]
    stays = people.LEFT[manager] >= DAYS
    employed = (first >= people.HIRED[manager]) & (stays | (last <= people.LEFT[manager]))
    # The month in which this manager alone wins less is spent at work.
    month = truths.MANAGER_DIP_MONTH
    dipped = (manager == truths.MANAGER_DIP) & (first <= MONTH_ENDS[month])
    dipped &= last >= MONTH_STARTS[month]
    known = (first >= 0) & (absences["told_at"] < END)
    absences = take(absences, employed & known & ~dipped)
    absences = take(absences, np.lexsort((absences["first"], absences["manager"])))
    same = np.append(False, np.diff(absences["manager"]) == 0)
    overlaps = same & (absences["first"] <= np.roll(absences["last"], 1) + 7)
    return take(absences, ~overlaps)


def _vacations(rng: np.random.Generator, half: tuple[int, int]) -> Frame:
    manager, year = (grid.ravel() for grid in np.indices((people.COUNT, len(_YEARS))))
    first = _YEARS[year] + rng.integers(*half, len(manager))
    first -= first % 7  # a Monday
    return {
        "manager": manager,
        "first": first,
        "last": first + _VACATION_DAYS - 1,
        "sick": np.zeros(len(manager), dtype=bool),
        "told_at": np.maximum((first - _TOLD_AHEAD) * DAY + 12 * HOUR, 0),
    }


def _sick_leave(rng: np.random.Generator) -> Frame:
    count = rng.poisson(_SICK_A_YEAR * DAYS / 365, people.COUNT)
    manager = np.repeat(np.arange(people.COUNT), count)
    first = rng.integers(0, DAYS, len(manager))
    return {
        "manager": manager,
        "first": first,
        "last": first + rng.integers(2, 10, len(manager)),
        "sick": np.ones(len(manager), dtype=bool),
        "told_at": first * DAY + 9 * HOUR,
    }


def days_to_return(absences: Frame) -> np.ndarray:
    """Days until each manager is back, by manager and day of the demo; 0 at work."""
    length = absences["last"] - absences["first"] + 1
    rows = np.repeat(np.arange(len(length)), length)
    day = (
        absences["first"][rows]
        + np.arange(len(rows))
        - np.repeat(np.cumsum(length) - length, length)
    )
    inside = day < DAYS
    rows, day = rows[inside], day[inside]
    away = np.zeros((people.COUNT, DAYS), dtype=np.int64)
    away[absences["manager"][rows], day] = absences["last"][rows] + 1 - day
    return away


def stand_ins(away: np.ndarray) -> np.ndarray:
    """Who works for each manager on each day: the manager, or the next of the team who is there."""
    days = np.arange(DAYS)
    there = (away == 0) & (people.HIRED[:, None] <= days) & (days <= people.LEFT[:, None])
    found = np.tile(np.arange(people.COUNT)[:, None], (1, DAYS))
    open_ = away > 0
    for step in range(1, people.COUNT):
        other = (np.arange(people.COUNT) + step) % people.COUNT
        same_team = np.array(people.TEAMS)[other] == np.array(people.TEAMS)
        takes = open_ & there[other] & same_team[:, None]
        found = np.where(takes, other[:, None], found)
        open_ &= ~takes
    return found


def with_stand_ins(
    rng: np.random.Generator, owner: np.ndarray, at: np.ndarray, found: np.ndarray
) -> np.ndarray:
    """The managers who really do what `owner` would do at `at`; -1 stays."""
    works_on = (owner == MISSING) | (rng.random(len(owner)) < _WORKS_ON)
    return np.where(works_on, owner, found[owner, np.clip(at // DAY, 0, DAYS - 1)])


def with_stand_ins_at_calls(rng: np.random.Generator, legs: Frame, found: np.ndarray) -> Frame:
    """The legs of calls, most of those on days of absence with the stand-in."""
    return legs | {"owner": with_stand_ins(rng, legs["owner"], legs["started_at"], found)}


def store_absences(connection: duckdb.DuckDBPyConnection, absences: Frame) -> None:
    """One row per absence; `updated_at` is when it became known."""
    store(
        connection,
        "absences",
        absences
        | {
            "first_on": absences["first"],
            "last_on": absences["last"],
            "updated_at": absences["told_at"],
        },
        user_id=people.user_id("manager"),
        kind="if(sick, 'sick_leave', 'vacation')",
    )
