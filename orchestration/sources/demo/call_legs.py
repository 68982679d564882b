"""Legs of calls: transfers and colleagues who did not pick up; and the table they land in."""

import duckdb
import numpy as np

from orchestration.sources.demo import channels, people
from orchestration.sources.demo.clock import DAY, END, waits
from orchestration.sources.demo.contacts import phone
from orchestration.sources.demo.frame import MISSING, Frame, key, labels, stack, store, take
from orchestration.sources.demo.truths import Plants

_IN, _INTERNAL, _ANSWERED, _MISSED = 0, 2, 0, 1
_TRANSFERRED, _RANG_ELSEWHERE = 0.04, 0.03
_NOT_PICKED_UP = 22  # seconds until the next phone rings
_MAIN_LINE = "+79990000009"


def with_legs(rng: np.random.Generator, sessions: Frame, plants: Plants) -> Frame:
    """One row per leg, by session and leg: a few sessions have two."""
    size = len(sessions["started_at"])
    one = np.ones(size, dtype=np.int64)
    first = sessions | {"session": np.arange(size), "leg_no": one, "legs": one.copy()}
    luck = rng.random(size)
    talked = (first["result"] == _ANSWERED) & (first["direction"] != _INTERNAL)
    moved_on = np.flatnonzero(talked & (luck < _TRANSFERRED))
    rang = talked & (first["direction"] == _IN) & (first["owner"] != MISSING)
    rang = np.flatnonzero(rang & (luck > 1 - _RANG_ELSEWHERE))

    second = take(first, np.concatenate([moved_on, rang]))
    transferred = np.arange(len(second["luck"])) < len(moved_on)
    first["talk_seconds"][moved_on] = rng.integers(10, 60, len(moved_on))
    first["result"][rang], first["talk_seconds"][rang] = _MISSED, 0
    first["ring_seconds"][rang] = _NOT_PICKED_UP
    for rows in (moved_on, rang):
        first["legs"][rows] = 2
    colleague = people.draw(rng, second["started_at"], second["segment"], 0, plants)
    # Who takes a transfer is a colleague; where the phone rang elsewhere first, that was.
    second["owner"] = np.where(transferred, colleague, second["owner"])
    first["owner"][rang] = colleague[~transferred]
    begun = take(first, np.concatenate([moved_on, rang]))
    talk = waits(rng, 120.0, len(transferred))
    legs = stack(
        first,
        second
        | {
            "leg_no": second["leg_no"] + 1,
            "legs": second["legs"] + 1,
            "started_at": _ended_at(begun),
            "queue_seconds": np.where(second["direction"] == _IN, 0, MISSING),
            "talk_seconds": np.where(transferred, talk, second["talk_seconds"]),
        },
    )
    return take(legs, np.lexsort((legs["leg_no"], legs["session"])))


def _ended_at(legs: Frame) -> np.ndarray:
    waited = np.maximum(legs["queue_seconds"], 0) + legs["ring_seconds"]
    ended_at: np.ndarray = legs["started_at"] + waited + legs["talk_seconds"]
    return ended_at


def store_calls(
    connection: duckdb.DuckDBPyConnection, rng: np.random.Generator, legs: Frame
) -> None:
    """One row per leg. Outgoing calls of one leg come without a session; some exchanges know the
    extension and not the user; some records arrive days late."""
    size, ended_at = len(legs["luck"]), _ended_at(legs)
    answered_at = np.where(legs["result"] == _ANSWERED, ended_at - legs["talk_seconds"], MISSING)
    late = rng.random(size) < 0.025
    seen_at = ended_at + np.where(late, DAY + rng.integers(0, 4 * DAY, size), 90)
    store(
        connection,
        "calls",
        legs
        | {
            "answered_at": answered_at,
            "ended_at": ended_at,
            "updated_at": np.minimum(seen_at, END - 1),
            "direction": labels(legs["direction"], ["in", "out", "internal"]),
            "result": labels(legs["result"], ["answered", "missed", "abandoned", "failed"]),
            "plain": (legs["direction"] > _IN) & (legs["legs"] == 1),
        },
        # An answered call shows by its seconds even where the exchange names no result.
        result="if(result = 'answered' and luck % 100 = 7, null, result)",
        call_id="format('C{:07d}-{:d}', session + 1, leg_no)",
        session_id=f"if(plain, null, {key('S', 'session')})",
        leg_no="if(plain, null, leg_no)",
        user_id=f"if(luck % 8 = 0, null, {people.user_id('owner')})",
        phone_ext=people.extension("owner"),
        client_phone=phone("person", "style"),
        line_phone=f"if(direction = 'in', coalesce({channels.origin_case('line')}, "
        f"'{_MAIN_LINE}'), null)",
        recording_url="if(talk_seconds > 0, 'https://records.example.org/' || session, null)",
        lead_id=f"if(luck < 900, {key('L', 'lead')}, null)",
        deal_id=f"if(luck < 900, {key('D', 'deal')}, null)",
    )
