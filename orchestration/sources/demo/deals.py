"""Deals: those from leads, their outcomes, and later orders of won clients."""

import numpy as np

from orchestration.sources.demo import people
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
from orchestration.sources.demo.frame import MISSING, Frame, stack, take
from orchestration.sources.demo.truths import Plants
from orchestration.sources.demo.walk import walk

_WAVES = 8
_ORDERS_AGAIN = np.array([0.72, 0.5])  # by pipeline, of those won
_STARTS_LATER = 0.08  # straight at the second stage


def all_deals(rng: np.random.Generator, leads: Frame, plants: Plants) -> tuple[Frame, Frame]:
    """Deals wave by wave - first orders, then what the won order again - and their stage events.

    `lead` is the row of the lead a deal grew out of. Events name the row of their deal.
    """
    rows = np.flatnonzero(leads["converts_at"] != MISSING)
    wave = _open(
        rng, take(leads, rows) | {"created_at": leads["converts_at"][rows]}, 0, rows, plants
    )
    if plants.has_january_client:
        wave = stack(wave, _january_client(leads))
    waves, histories, before = [], [], 0
    for _ in range(_WAVES):
        walked, history = walk(rng, wave, plants)
        waves.append(walked)
        histories.append(history | {"deal": history["deal"] + before})
        before += len(walked["stage"])
        wave = _orders_after(rng, walked, plants)
        if not len(wave["stage"]):
            break
    return stack(*waves), stack(*histories)


def _open(
    rng: np.random.Generator, ask: Frame, returning: int, leads: np.ndarray, plants: Plants
) -> Frame:
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
        "chance": np.minimum(people.win_chance(owner, pipeline, returning, plants), 0.95),
        "stage": ref.FIRST[pipeline] + later,
        "started_in": ref.FIRST[pipeline] + later,
    }


def _orders_after(rng: np.random.Generator, deals: Frame, plants: Plants) -> Frame:
    """The next orders of the clients of won deals, each some weeks after the win."""
    pipeline = deals["segment"]
    again = rng.random(len(pipeline)) < _ORDERS_AGAIN[pipeline]
    won = take(deals, ref.IS_WON[deals["stage"]] & again & (deals["chance"] < 1))
    size = len(won["stage"])
    at = into_office(rng, won["closed_at"] + DAY + waits(rng, 40 * DAY, size))
    won = take(won | {"created_at": at}, at < END - DAY)
    won["owner"] = people.draw(rng, won["created_at"], won["segment"], 1, plants)
    return _open(rng, won, 1, np.full(len(won["stage"]), MISSING), plants)


def _january_client(leads: Frame) -> Frame:
    """A client who orders early in every month: the last person of the market, on an own card."""
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
