"""How deals move through the stages of their pipeline, all deals one step at a time."""

import numpy as np

from orchestration.sources.demo import people, truths
from orchestration.sources.demo import reference as ref
from orchestration.sources.demo.clock import DAY, END, into_office, month_of, waits
from orchestration.sources.demo.frame import MISSING, Frame, stack, take
from orchestration.sources.demo.truths import Plants

_STEPS = 24
_SKIPS, _GOES_BACK, _CHANGES_PIPELINE, _IS_FORGOTTEN = 0.05, 0.04, 0.006, 0.012
_LOST_REOPENS, _WON_REOPENS, _DELIVERED = 0.03, 0.012, 0.6
_CLICKED_THROUGH = 0.03
_REOPENED_AT = np.array([ref.CODE["b2c_offer"], ref.CODE["b2b_proposal"]])
_LEAKY = ref.CODE[truths.LEAKY_STAGE]
_IN_DIPPED = np.array([name == truths.DEPARTMENT_DIP for name in people.DEPARTMENTS])


def walk(rng: np.random.Generator, deals: Frame, plants: Plants) -> tuple[Frame, Frame]:
    """The deals with `stage`, `closed_at` and `moved_at` (last event), and their stage events.

    `deals` brings `created_at`, `stage` (where it starts), `owner` and `chance`; a chance of 1 is a
    client who orders as a matter of course: won without detours and within days.
    """
    deals = deals | {"closed_at": np.full(len(deals["stage"]), MISSING)}
    deals |= {"stage": deals["stage"].copy(), "moved_at": deals["created_at"].copy()}
    reopened = np.zeros(len(deals["stage"]), dtype=bool)
    moving, events = np.arange(len(reopened)), []
    for step in range(_STEPS):
        here, then, there = _move(rng, take(deals, moving), plants)
        goes = (then < END) & (there != MISSING)
        moving, here, there, then = moving[goes], here[goes], there[goes], then[goes]
        event = {"deal": moving, "from": here, "to": there, "changed_at": then}
        events.append(event | {"step": np.full(len(moving), step)})

        opens, was_open = ref.IS_OPEN[there], ref.IS_OPEN[here]
        # Delivery comes after the win and does not move it.
        deals["closed_at"][moving[opens]] = MISSING
        closes = ~opens & was_open
        deals["closed_at"][moving[closes]] = then[closes]
        deals["stage"][moving], deals["moved_at"][moving] = there, then
        reopened[moving] |= opens & ~was_open
        lives_on = closes & ~reopened[moving] & (deals["chance"][moving] < 1)
        moving = moving[opens | (lives_on & (rng.random(len(there)) < _afterlife(there)))]
    history = stack(*events)
    return deals, take(history, np.lexsort((history["step"], history["deal"])))


def _afterlife(stage: np.ndarray) -> np.ndarray:
    """Chance that anything happens to a deal after it was closed."""
    delivered = np.where(stage == ref.WON[1], _DELIVERED, 0)
    return np.where(ref.IS_WON[stage], _WON_REOPENS + delivered, _LOST_REOPENS)


def _move(
    rng: np.random.Generator, deals: Frame, plants: Plants
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where each deal is, when it leaves, and for which stage (-1: forgotten where it stands)."""
    here, now, sure = deals["stage"], deals["moved_at"], deals["chance"] == 1
    size, is_open = len(here), ref.IS_OPEN[here]
    stay = waits(rng, ref.MEDIAN_SECONDS[here], size)
    stay = np.where(is_open, stay, rng.integers(3 * DAY, 25 * DAY, size))
    then = into_office(rng, now + np.where(sure, stay // 4, stay))
    # Two stages clicked through at once: the same second, or a few apart.
    clicked = is_open & (rng.random(size) < _CLICKED_THROUGH)
    then = np.where(clicked, now + rng.integers(0, 10, size) * rng.integers(0, 2, size), then)
    there = np.empty(size, dtype=np.int64)
    there[is_open] = _from_open(rng, take(deals, is_open), then[is_open], plants)
    there[~is_open] = _from_closed(rng, here[~is_open])
    return here, then, there


def _from_closed(rng: np.random.Generator, here: np.ndarray) -> np.ndarray:
    delivered = (here == ref.WON[1]) & (
        rng.random(len(here)) < _DELIVERED / (_DELIVERED + _WON_REOPENS)
    )
    return np.where(delivered, here + 1, _REOPENED_AT[ref.PIPELINE[here]])


def _from_open(
    rng: np.random.Generator, deals: Frame, then: np.ndarray, plants: Plants
) -> np.ndarray:
    here, sure, pipeline = deals["stage"], deals["chance"] == 1, ref.PIPELINE[deals["stage"]]
    size, last = len(here), ref.WON[pipeline] - 1
    skips = (rng.random(size) < _SKIPS) & ~sure & (here < last - 1)
    no_showroom = then >= (ref.SHOWROOM_CLOSED if plants.has_showroom else 0)
    forward = here + 1 + skips
    forward += (forward == ref.SHOWROOM) & no_showroom
    back = here - 1 - ((here - 1 == ref.SHOWROOM) & no_showroom)

    lost = rng.random(size) >= _survives(deals, then, forward, plants)
    there = np.where(lost & ~sure, ref.LOST[pipeline], forward)
    course = np.where(sure | (here == ref.FIRST[pipeline]), 1, rng.random(size))
    edges = np.cumsum([_GOES_BACK, _CHANGES_PIPELINE, _IS_FORGOTTEN])
    return np.select(
        [course < edge for edge in edges],
        [back, ref.FIRST[1 - pipeline], np.full(size, MISSING)],
        there,
    )


def _survives(deals: Frame, then: np.ndarray, forward: np.ndarray, plants: Plants) -> np.ndarray:
    """Chance that a deal is not lost in the stage it leaves, with what is planted there."""
    here, owner, month = deals["stage"], deals["owner"], month_of(then)
    chance = deals["chance"] ** ref.LOSS_PART[here]
    leaks = (here == _LEAKY) & (month_of(deals["moved_at"]) >= truths.LEAKY_FROM_MONTH)
    wins = ref.IS_WON[forward]
    department = wins & _IN_DIPPED[owner] & (month == truths.DEPARTMENT_DIP_MONTH)
    manager = wins & (owner == truths.MANAGER_DIP) & (month == truths.MANAGER_DIP_MONTH)
    survives: np.ndarray = (
        chance
        * np.where(leaks, plants.leaky_keeps, 1)
        * np.where(department, plants.department_dip_keeps, 1)
        * np.where(manager, plants.manager_dip_keeps, 1)
    )
    return survives
