"""Deals that nobody goes on with: most are closed as lost when the CRM is tidied up."""

import numpy as np

from orchestration.sources.demo import reference as ref
from orchestration.sources.demo.clock import DAY, END, into_office
from orchestration.sources.demo.frame import MISSING, Frame, pick, stack, take

_STAYS_OPEN, _HAS_REASON = 0.05, 0.9
_REASONS = [1, 1, 4, 3, 1]  # mostly that the client does not answer, or has postponed
_DAYS = np.array([[18, 42], [45, 75]])  # at least and at most, by pipeline


def with_forgotten_lost(
    rng: np.random.Generator, deals: Frame, history: Frame
) -> tuple[Frame, Frame]:
    """The deals and their events, those that were forgotten lost some weeks after their last event.

    A few stay open. A deal that waits for an event after the end of the demo is not forgotten.
    """
    size, pipeline = len(deals["stage"]), ref.PIPELINE[deals["stage"]]
    least, most = _DAYS[pipeline].T
    at = into_office(rng, deals["moved_at"] + rng.integers(least * DAY, most * DAY, size))
    # What stands in the showroom is lost before it closes.
    last_day = np.maximum(deals["moved_at"] + DAY, ref.SHOWROOM_CLOSED - DAY)
    at = np.where(deals["stage"] == ref.SHOWROOM, np.minimum(at, last_day), at)
    stays, gives = rng.random((2, size))
    reason = np.where(gives < _HAS_REASON, pick(rng, size, _REASONS), MISSING)
    goes_on = np.zeros(size, dtype=bool)
    goes_on[history["deal"][history["changed_at"] >= END]] = True
    closes = ref.IS_OPEN[deals["stage"]] & ~goes_on & (deals["chance"] < 1)
    closes &= deals["twin_of"] == MISSING  # a card opened twice is merged
    rows = np.flatnonzero(closes & (at < END) & (stays >= _STAYS_OPEN))

    steps = np.full(size, -1)
    np.maximum.at(steps, history["deal"], history["step"])
    events = {
        "deal": rows,
        "from": deals["stage"][rows],
        "to": ref.LOST[pipeline[rows]],
        "changed_at": at[rows],
        "step": steps[rows] + 1,
    }
    stage, closed_at, moved_at, reasons = (
        deals[name].copy() for name in ("stage", "closed_at", "moved_at", "reason")
    )
    stage[rows], reasons[rows] = events["to"], reason[rows]
    closed_at[rows] = moved_at[rows] = at[rows]
    changed = {"stage": stage, "closed_at": closed_at, "moved_at": moved_at, "reason": reasons}
    history = stack({name: history[name] for name in events}, events)
    return deals | changed, take(history, np.lexsort((history["step"], history["deal"])))
