"""What moves deals later than they would have gone: absences, and a stage where they stand."""

import numpy as np

from orchestration.sources.demo import people, truths
from orchestration.sources.demo import reference as ref
from orchestration.sources.demo.clock import DAY, END, month_of
from orchestration.sources.demo.frame import MISSING, Frame
from orchestration.sources.demo.truths import Plants

_WEEK = 7 * DAY  # keeps the weekday and the hour
_WORKS_ON = 0.1
_STUCK = ref.CODE[truths.STUCK_STAGE]


def with_delays(
    rng: np.random.Generator, orders: Frame, history: Frame, away: np.ndarray, plants: Plants
) -> tuple[Frame, Frame]:
    """The deals and their events, some later by whole weeks.

    `away` holds the days until a manager is back. What a manager would do on a day of absence waits
    for the return. An event at or after the end of the demo did not happen: it stays in the history
    so that the rows of other deals do not change. Whether a deal is won does not change.
    """
    rows, at = history["deal"], history["changed_at"]
    shift = np.maximum(_absent(rng, orders, history, away), _stuck(rng, orders, history, plants))
    # What follows an event in its deal is late with it.
    far = 10 * END
    shift = np.maximum.accumulate(shift + rows * far) - rows * far
    last = np.flatnonzero(np.append(np.diff(rows) > 0, True))
    deal, ends = rows[last], (at + shift)[last]
    may = np.zeros(len(orders["deal"]), dtype=bool)
    may[deal] = (ends < _next_order(orders)[deal]) & (
        (ends < END) | ~(ref.IS_WON[orders["stage"][deal]])
    )
    may &= orders["chance"] < 1
    shift = np.where(may[rows], shift, 0)
    history = history | {"changed_at": at + shift}
    late = np.zeros(len(may), dtype=bool)
    late[rows[shift > 0]] = True
    return _restated(orders, history, late), history


def _absent(
    rng: np.random.Generator, orders: Frame, history: Frame, away: np.ndarray
) -> np.ndarray:
    """Seconds that each event waits for its manager to be back."""
    at = history["changed_at"]
    owner = people.holder(orders["owner"][history["deal"]], at)
    days = np.where(rng.random(len(at)) < _WORKS_ON, 0, away[owner, at // DAY])
    waits: np.ndarray = -(-days // 7) * _WEEK
    return waits


def _stuck(rng: np.random.Generator, orders: Frame, history: Frame, plants: Plants) -> np.ndarray:
    """Seconds that each event is late because its deal stands too long in the planted stage."""
    rows, at = history["deal"], history["changed_at"]
    same = np.append(False, np.diff(rows) == 0)
    entered_at = np.where(same, np.roll(at, 1), orders["created_at"][rows])
    stands = (history["from"] == _STUCK) & (orders["owner"][rows] == truths.STUCK_MANAGER)
    stands &= month_of(entered_at) >= truths.STUCK_FROM_MONTH
    least, most = plants.stuck_weeks
    weeks: np.ndarray = stands * rng.integers(least, most + 1, len(rows)) * _WEEK
    return weeks


def _next_order(orders: Frame) -> np.ndarray:
    """When the client of each deal opens the next one; far ahead where there is none."""
    order = np.lexsort((orders["created_at"], orders["person"]))
    person, created_at = orders["person"][order], orders["created_at"][order]
    following = np.where(
        np.append(np.diff(person) == 0, False), np.roll(created_at, -1) - DAY, 10 * END
    )
    found = np.empty(len(order), dtype=np.int64)
    found[order] = following
    return found


def _restated(orders: Frame, history: Frame, late: np.ndarray) -> Frame:
    """The deals as their events up to the end of the demo leave those that are `late`."""
    stage, moved_at, closed_at = (
        orders[name].copy() for name in ("stage", "moved_at", "closed_at")
    )
    stage[late], moved_at[late] = orders["started_in"][late], orders["created_at"][late]
    closed_at[late] = MISSING
    rows, to, at = history["deal"], history["to"], history["changed_at"]
    happened = late[rows] & (at < END)
    # Of several events of a deal the last is assigned last.
    stage[rows[happened]], moved_at[rows[happened]] = to[happened], at[happened]
    closes = happened & ~ref.IS_OPEN[to] & ref.IS_OPEN[history["from"]]
    closed_at[rows[closes]] = at[closes]
    closed_at = np.where(ref.IS_OPEN[stage], MISSING, closed_at)
    is_lost = ~ref.IS_OPEN[stage] & ~ref.IS_WON[stage]
    return orders | {
        "stage": stage,
        "moved_at": moved_at,
        "closed_at": closed_at,
        "reason": np.where(is_lost, orders["reason"], MISSING),
    }


def with_price_losses(rng: np.random.Generator, orders: Frame, plants: Plants) -> Frame:
    """The deals with the price as the reason of more losses in the planted pipeline and months."""
    has_reason = orders["reason"] != MISSING
    here = ref.PIPELINE[orders["stage"]] == ref.PIPELINE_IDS.index(truths.PRICE_PIPELINE)
    lately = month_of(orders["closed_at"]) >= truths.PRICE_FROM_MONTH
    takes = has_reason & here & lately & (rng.random(len(here)) < plants.price_takes)
    return orders | {"reason": np.where(takes, 0, orders["reason"])}
