"""The fields of a deal's card other than its stages, and duplicate cards."""

import numpy as np

from orchestration.sources.demo import people, truths
from orchestration.sources.demo import reference as ref
from orchestration.sources.demo.clock import DAY, END, MONTH_STARTS
from orchestration.sources.demo.frame import MISSING, Frame, pick, stack, take

_TYPICAL = np.array([1_900_000, 24_000_000])  # hundredths of a rouble, by pipeline
_IN_DOLLARS, _DELETED, _TEST, _DOUBLED, _ZERO, _NO_CARD = 0.12, 0.012, 0.004, 0.006, 0.012, 0.015


def with_money(rng: np.random.Generator, deals: Frame, dollar: np.ndarray) -> Frame:
    """The deals with amounts in their currency, costs, flags and what else the card says."""
    size, pipeline, sure = len(deals["stage"]), ref.PIPELINE[deals["stage"]], deals["chance"] == 1
    roubles = _TYPICAL[pipeline] * np.exp(0.6 * rng.standard_normal(size))
    of_the_year = (deals["created_at"] // DAY)[:, None] - MONTH_STARTS[::12]
    january = ((of_the_year >= 0) & (of_the_year < 31)).any(axis=1)
    usual = truths.JANUARY_AMOUNT * np.where(january, truths.JANUARY_TIMES, 1)
    roubles = np.where(sure, usual * rng.uniform(0.98, 1.02, size), roubles)
    usd = (pipeline == people.B2B) & (rng.random(size) < _IN_DOLLARS)
    rate = dollar[deals["created_at"] // DAY]
    amount = np.where(usd, np.round(roubles / rate, -2), np.round(roubles, -4)).astype(np.int64)
    amount = np.where((rng.random(size) < _ZERO) & ~sure, 0, amount)
    unsaid = ref.IS_OPEN[deals["stage"]] & (rng.random(size) < 0.3)
    costs = np.round(amount * rng.uniform(0.5, 0.8, size)).astype(np.int64)
    flags, latest = rng.random((3, size)), _is_latest(deals) & ~sure
    lost = ~ref.IS_OPEN[deals["stage"]] & ~ref.IS_WON[deals["stage"]]
    return deals | {
        "amount": np.where(unsaid, MISSING, amount),
        "cost": np.where(unsaid | (rng.random(size) < 0.4), MISSING, costs),
        "usd": usd,
        "card": np.where((flags[2] < _NO_CARD) & latest, MISSING, deals["card"]),
        "deleted": (flags[0] < _DELETED) & latest,
        "test": (flags[1] < _TEST) & latest,
        "reason": np.where(lost & (rng.random(size) < 0.9), pick(rng, size, [5, 4, 4, 2, 2]), -1),
        "expected_close_on": deals["created_at"] // DAY
        + np.where(pipeline == people.B2B, 60, 12)
        + rng.integers(0, 15, size),
        "product": pick(rng, size, [4, 3, 2, 1]),
        "twin_of": np.full(size, MISSING),
    }


def _is_latest(deals: Frame) -> np.ndarray:
    """Whether it is the person's last order: flaws fall on those only, so that who counts as a new
    client does not hang on them."""
    latest = np.zeros(deals["person"].max() + 1, dtype=np.int64)
    np.maximum.at(latest, deals["person"], deals["created_at"])
    is_latest: np.ndarray = deals["created_at"] == latest[deals["person"]]
    return is_latest


def with_twins(rng: np.random.Generator, deals: Frame) -> Frame:
    """The deals and, below, cards opened twice by mistake; some of those doubled once more."""
    size = len(deals["stage"])
    eligible = (deals["created_at"] < END - DAY) & (deals["chance"] < 1) & ~deals["deleted"]
    rows = np.flatnonzero((rng.random(size) < _DOUBLED) & eligible)
    again = np.arange(size, size + len(rows), 5)
    twin_of = np.concatenate([rows, again])
    source = np.concatenate([rows, rows[again - size]])
    twins = take(deals, source)
    absent = np.full(len(source), MISSING)
    created_at = twins["created_at"] + np.where(np.arange(len(source)) < len(rows), 600, 1_500)
    return stack(
        deals,
        twins
        | {
            "lead": absent,
            "twin_of": twin_of,
            "created_at": created_at,
            "moved_at": created_at,
            "stage": twins["started_in"],
            "closed_at": absent,
            "amount": absent,
            "cost": absent,
            "reason": absent,
            "test": np.zeros(len(source), dtype=bool),
        },
    )
