"""Telephony: the reasons of calls, their results, and their legs."""

import numpy as np

from orchestration.sources.demo import people, truths
from orchestration.sources.demo import reference as ref
from orchestration.sources.demo.call_legs import with_legs
from orchestration.sources.demo.clock import DAY, END, HOUR, into_office, moments, waits
from orchestration.sources.demo.frame import MISSING, Frame, stack, take
from orchestration.sources.demo.truths import Plants

_PER_SCALE, _INTERNAL_PER_SCALE = 60_000, 1_800
_IS_TRIED, _AGAIN, _PER_DEAL = 0.93, 0.42, np.array([1.9, 4.5])
IN, OUT, INTERNAL = 0, 1, 2
ANSWERED, MISSED, ABANDONED, FAILED = 0, 1, 2, 3
_OUTCOMES = np.array([[0.80, 0.12, 0.08, 0], [0.62, 0.35, 0, 0.03], [0.9, 0.1, 0, 0]])
_STRANGER = 5_000_000  # people who call and are in no list


def all_calls(
    rng: np.random.Generator, leads: Frame, deals: Frame, scale: float, plants: Plants
) -> Frame:
    """One row per leg of a call, in order of sessions."""
    parts = [_asking(leads), *_answers_to_leads(rng, leads, plants), _about_deals(rng, deals)]
    parts.append(_internal(rng, round(_INTERNAL_PER_SCALE * scale), plants))
    known = sum(len(part["started_at"]) for part in parts)
    parts.append(_others(rng, max(round(_PER_SCALE * scale * 0.965) - known, 10), leads, plants))
    sessions = stack(*parts)
    sessions = take(sessions, (sessions["started_at"] < END - 2 * HOUR))
    sessions = take(sessions, np.argsort(sessions["started_at"], kind="stable"))
    sessions["owner"] = people.holder(sessions["owner"], sessions["started_at"])
    return with_legs(rng, _as_they_went(rng, sessions), plants)


def _sessions(started_at: np.ndarray, **columns: np.ndarray | int) -> Frame:
    """Sessions with what is known of each, the rest missing."""
    names = ("direction", "person", "owner", "segment", "lead", "deal", "origin", "sure")
    frame = {name: np.full(len(started_at), columns.get(name, MISSING)) for name in names}
    return frame | {"started_at": started_at}


def _asking(leads: Frame) -> Frame:
    """The calls that leads were born from."""
    asked = take(leads, leads["by_call"])
    at = np.maximum(asked["created_at"] - 40, 0)
    named = {name: asked[name] for name in ("person", "owner", "segment", "lead", "origin")}
    return _sessions(at, direction=IN, sure=1, **named)


def _answers_to_leads(rng: np.random.Generator, leads: Frame, plants: Plants) -> list[Frame]:
    """Outgoing attempts: the first some minutes after the lead, the next hours later."""
    idle = leads["by_call"] | leads["test"] | (leads["owner"] == MISSING)
    tried = ~idle & (leads["twin_of"] == MISSING) & (rng.random(len(idle)) < _IS_TRIED)
    asked = take(leads, tried)
    size = len(asked["lead"])
    slow = np.where(asked["owner"] == truths.SLOW_MANAGER, plants.slow_times, 1)
    at = into_office(rng, asked["created_at"] + 60 + waits(rng, 15 * 60 * slow, size, 0.9))
    attempts = []
    for _ in range(3):
        named = {name: asked[name] for name in ("person", "owner", "segment", "lead", "origin")}
        attempts.append(_sessions(at, direction=OUT, **named))
        again = rng.random(len(at)) < _AGAIN
        asked = take(asked, again)
        at = into_office(rng, at[again] + waits(rng, 6 * HOUR, int(again.sum())))
    return attempts


def _about_deals(rng: np.random.Generator, deals: Frame) -> Frame:
    """Calls while a deal is being worked on."""
    live = take(deals, (deals["twin_of"] == MISSING) & ~deals["test"])
    rows = np.repeat(np.arange(len(live["deal"])), rng.poisson(_PER_DEAL[live["segment"]]))
    live = take(live, rows)
    until = np.where(ref.IS_OPEN[live["stage"]], END - DAY, live["closed_at"])
    until = np.minimum(until, live["created_at"] + 60 * DAY)
    share = rng.random(len(rows))
    at = live["created_at"] + (share * np.maximum(until - live["created_at"], 0)).astype(np.int64)
    named = {name: live[name] for name in ("person", "owner", "segment", "lead", "deal")}
    direction = (rng.random(len(rows)) < 0.7) * OUT
    return _sessions(into_office(rng, at), direction=direction, **named)


def _internal(rng: np.random.Generator, size: int, plants: Plants) -> Frame:
    at = moments(rng, size, office=True)
    segment = rng.integers(0, 2, size)
    owner = people.draw(rng, at, segment, 0, plants)
    return _sessions(at, direction=INTERNAL, owner=owner, segment=segment)


def _others(rng: np.random.Generator, size: int, leads: Frame, plants: Plants) -> Frame:
    """Incoming calls without a lead or deal: two in three callers have asked before."""
    at = moments(rng, size, office=True)
    earlier = np.searchsorted(leads["created_at"], at)
    rows = (rng.random(size) * np.maximum(earlier, 1)).astype(np.int64)
    stranger = rng.random(size) < 0.35
    segment = leads["segment"][rows]
    return _sessions(
        at,
        direction=IN,
        person=np.where(stranger, _STRANGER + np.arange(size), leads["person"][rows]),
        owner=people.draw(rng, at, segment, 0, plants),
        segment=segment,
        origin=np.where(stranger, MISSING, leads["origin"][rows]),
    )


def _as_they_went(rng: np.random.Generator, calls: Frame) -> Frame:
    """The sessions with their result and seconds; -1 where the exchange does not count any."""
    size, direction = len(calls["started_at"]), calls["direction"]
    edges = np.cumsum(_OUTCOMES, axis=1)[direction]
    result = (rng.random(size)[:, None] >= edges).sum(axis=1)
    result = np.where(calls["sure"] == 1, ANSWERED, np.minimum(result, FAILED))
    short = result == ABANDONED
    queue = rng.exponential(np.where(short, 6, 9), size).astype(np.int64) + (~short * 2)
    ring = rng.exponential(8, size).astype(np.int64) + 3
    ring = np.where(result == MISSED, ring + 20, np.where(short | (result == FAILED), 0, ring))
    talk = np.where(result == ANSWERED, 3 + waits(rng, 95.0, size, 0.9), 0)
    nobody = (direction == IN) & np.isin(result, [MISSED, ABANDONED]) & (rng.random(size) < 0.5)
    return calls | {
        "result": result,
        "queue_seconds": np.where(direction == IN, queue, MISSING),
        "ring_seconds": ring,
        "talk_seconds": talk,
        "owner": np.where(nobody, MISSING, calls["owner"]),
        "style": rng.integers(0, 5, size),
        "luck": rng.integers(0, 1_000, size),
    }
