"""Deals: what grows out of leads, how it ends, and what the clients won order later."""

import numpy as np

from orchestration.sources.demo import people, truths
from orchestration.sources.demo import reference as ref
from orchestration.sources.demo.clock import (
    DAY,
    END,
    HOUR,
    MONTH_COUNT,
    MONTH_STARTS,
    into_office,
    waits,
)
from orchestration.sources.demo.frame import MISSING, Frame, pick, stack, take
from orchestration.sources.demo.walk import walk

_WAVES = 8
_ORDERS_AGAIN = np.array([0.72, 0.5])  # by pipeline, of those won
_STARTS_LATER = 0.08  # straight at the second stage
_TYPICAL = np.array([1_900_000, 24_000_000])  # hundredths of a rouble, by pipeline
_IN_DOLLARS, _DELETED, _TEST, _DOUBLED, _ZERO, _NO_CARD = 0.12, 0.012, 0.004, 0.006, 0.012, 0.015


def all_deals(rng: np.random.Generator, leads: Frame) -> tuple[Frame, Frame]:
    """Deals wave by wave - first orders, then what the won order again - and their stage events.

    `lead` is the row of the lead a deal grew out of. Events name the row of their deal.
    """
    rows = np.flatnonzero(leads["converts_at"] != MISSING)
    wave = _open(rng, take(leads, rows) | {"created_at": leads["converts_at"][rows]}, 0, rows)
    wave = stack(wave, _january_client(leads))
    waves, histories, before = [], [], 0
    for _ in range(_WAVES):
        walked, history = walk(rng, wave)
        waves.append(walked)
        histories.append(history | {"deal": history["deal"] + before})
        before += len(walked["stage"])
        wave = _orders_after(rng, walked)
        if not len(wave["stage"]):
            break
    return stack(*waves), stack(*histories)


def _open(rng: np.random.Generator, ask: Frame, returning: int, leads: np.ndarray) -> Frame:
    """New deals of those who ask: `created_at`, `person`, `card`, `segment`, `owner`."""
    size, pipeline, owner = len(leads), ask["segment"], ask["owner"]
    owner = people.holder(owner, ask["created_at"])
    later = rng.random(size) < _STARTS_LATER
    return {
        "lead": leads,
        "created_at": ask["created_at"],
        "person": ask["person"],
        "card": ask["card"],
        "segment": ask["segment"],
        "owner": owner,
        "chance": np.minimum(people.win_chance(owner, pipeline, returning), 0.95),
        "stage": ref.FIRST[pipeline] + later,
        "started_in": ref.FIRST[pipeline] + later,
    }


def _orders_after(rng: np.random.Generator, deals: Frame) -> Frame:
    """The next orders of the clients of won deals, each some weeks after the win."""
    pipeline = deals["segment"]
    again = rng.random(len(pipeline)) < _ORDERS_AGAIN[pipeline]
    won = take(deals, ref.IS_WON[deals["stage"]] & again & (deals["chance"] < 1))
    size = len(won["stage"])
    at = into_office(rng, won["closed_at"] + DAY + waits(rng, 40 * DAY, size))
    won = take(won | {"created_at": at}, at < END - DAY)
    won["owner"] = people.draw(rng, won["created_at"], won["segment"], 1)
    return _open(rng, won, 1, np.full(len(won["stage"]), MISSING))


def _january_client(leads: Frame) -> Frame:
    """A client who orders early in every month: the last person of the market, on a card of his."""
    size = MONTH_COUNT
    last = max(leads["person"].max(), leads["card"].max()) + 1
    return {
        "lead": np.full(size, MISSING),
        "created_at": (MONTH_STARTS + 2) * DAY + 11 * HOUR + np.arange(size) * 61,
        "person": np.full(size, last),
        "card": np.full(size, last),
        "segment": np.full(size, people.B2C),
        "owner": np.full(size, 4),
        "chance": np.ones(size),
        "stage": np.full(size, ref.FIRST[people.B2C]),
        "started_in": np.full(size, ref.FIRST[people.B2C]),
    }


def with_money(rng: np.random.Generator, deals: Frame, dollar: np.ndarray) -> Frame:
    """The deals with amounts in their currency, costs, flags and what else the card says."""
    size, pipeline, sure = len(deals["stage"]), ref.PIPELINE[deals["stage"]], deals["chance"] == 1
    roubles = _TYPICAL[pipeline] * np.exp(0.6 * rng.standard_normal(size))
    january = (deals["created_at"] // DAY)[:, None] - MONTH_STARTS[::12]
    january = ((january >= 0) & (january < 31)).any(axis=1)
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
    return deals["created_at"] == latest[deals["person"]]


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
