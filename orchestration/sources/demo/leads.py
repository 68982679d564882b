"""Requests: who asks, when, by which way, who gets it and what becomes of it."""

import numpy as np

from orchestration.sources.demo import channels, people
from orchestration.sources.demo.clock import END, HOUR, into_office, moments, waits
from orchestration.sources.demo.frame import MISSING, Frame, pick, stack, take
from orchestration.sources.demo.truths import Plants

_PER_SCALE = 19_000
_ASKS_AGAIN, _IS_B2B, _NEW_CARD = 0.12, 0.22, 0.4
_SPAM, _TEST, _BY_CALL, _DOUBLED = 0.035, 0.004, 0.22, 0.006
_CONVERTS = np.array([0.24, 0.265])  # by segment, b2c and b2b
JUNK = ["spam", "wrong_number", "not_target", "no_answer", "duplicate"]
SPAM, DUPLICATE, NONE = 0, 4, MISSING


def first_requests(rng: np.random.Generator, scale: float, plants: Plants) -> Frame:
    """All requests of the market: one row per lead, in order of time.

    `person` asks, and `card` is the contact card of the person in the CRM (some have several);
    `converts_at` is when a deal grows out of it.
    """
    size = round(_PER_SCALE * scale)
    at = moments(rng, size)
    person, card = _persons(rng, size)
    segment = (rng.random(size) < _IS_B2B).astype(np.int64)[person]  # a person keeps the segment
    origin = pick(rng, size, channels.SHARES)
    test, spam = rng.random(size) < _TEST, rng.random(size) < _SPAM
    good = _CONVERTS[segment] * channels.quality(plants)[origin]
    luck = np.where(spam | test, 1.0, rng.random(size))
    qualified_at = into_office(rng, at + waits(rng, 4 * HOUR, size))
    converts_at = into_office(rng, qualified_at + waits(rng, 3 * HOUR, size))
    converts = (luck < good) & (converts_at < END)
    qualifies = converts | ((luck < good + 0.22) & (qualified_at < END))
    fails = rng.random(size) < 0.75
    junk = np.where(spam, SPAM, pick(rng, size, [0, 0.3, 0.4, 0.3]))
    tracked = np.array([origin.line is not None for origin in channels.ORIGINS])
    return {
        "created_at": at,
        "person": person,
        "card": np.where(spam | test | (~converts & (rng.random(size) < 0.4)), MISSING, card),
        "segment": segment,
        "origin": origin,
        "campaign": channels.draw_campaign(rng, origin),
        "owner": np.where(
            spam & (card % 2 == 0), MISSING, people.draw(rng, at, segment, 0, plants)
        ),
        "qualified_at": np.where(qualifies, qualified_at, MISSING),
        "converts_at": np.where(converts, converts_at, MISSING),
        "junk": np.where(spam | (~qualifies & fails & ~test), junk, NONE),
        "by_call": tracked[origin] & (rng.random(size) < _BY_CALL) & ~spam & ~test,
        "test": test,
        "style": rng.integers(0, 5, size),
        "luck": rng.integers(0, 1_000, size),
        "twin_of": np.full(size, MISSING),
    }


def _persons(rng: np.random.Generator, size: int) -> tuple[np.ndarray, np.ndarray]:
    fresh = rng.random(size) >= _ASKS_AGAIN
    fresh[0] = True
    person = np.cumsum(fresh) - 1
    earlier = (rng.random(size) * (person + 1)).astype(np.int64)
    person = np.where(fresh, person, earlier)
    # Someone who asks again often gets a second card under another spelling.
    new_card = ~fresh & (rng.random(size) < _NEW_CARD)
    card = np.where(new_card, person.max() + np.cumsum(new_card), person)
    return person, card


def repeat_requests(rng: np.random.Generator, deals: Frame, plants: Plants) -> Frame:
    """The leads some repeat orders come in by: one per given deal, a few hours before it."""
    size = len(deals["created_at"])
    origin = pick(rng, size, channels.shares_of_repeats(plants))
    at = np.maximum(deals["created_at"] - waits(rng, 2 * HOUR, size), 0)
    return {
        "created_at": at,
        "person": deals["person"],
        "card": deals["card"],
        "segment": deals["segment"],
        "origin": origin,
        "campaign": channels.draw_campaign(rng, origin),
        "owner": deals["owner"],
        "qualified_at": deals["created_at"],
        "converts_at": deals["created_at"],
        "junk": np.full(size, NONE),
        "by_call": np.zeros(size, dtype=bool),
        "test": np.zeros(size, dtype=bool),
        "style": rng.integers(0, 5, size),
        "luck": rng.integers(0, 1_000, size),
        "twin_of": np.full(size, MISSING),
    }


def with_twins(rng: np.random.Generator, leads: Frame) -> Frame:
    """The leads and, below, the second copies of some that came in twice within minutes."""
    size = len(leads["created_at"])
    rows = np.flatnonzero((rng.random(size) < _DOUBLED) & (leads["created_at"] < END - HOUR))
    twins = take(leads, rows)
    absent = np.full(len(rows), MISSING)
    return stack(
        leads,
        twins
        | {
            "created_at": twins["created_at"] + rng.integers(30, 20 * 60, len(rows)),
            "card": absent,
            "qualified_at": absent,
            "converts_at": absent,
            "junk": np.full(len(rows), DUPLICATE),
            "by_call": np.zeros(len(rows), dtype=bool),
            "style": (twins["style"] + 1) % 5,
            "twin_of": rows,
        },
    )
