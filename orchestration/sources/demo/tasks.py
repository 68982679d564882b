"""Tasks of the managers: the next step of a deal or a lead, its deadline and when it was done."""

import duckdb
import numpy as np

from orchestration.sources.demo import people
from orchestration.sources.demo import reference as ref
from orchestration.sources.demo.clock import DAY, END, HOUR, into_office, waits
from orchestration.sources.demo.frame import MISSING, Frame, key, labels, stack, store, take

_KINDS = ["call", "email", "meeting", "offer", "other"]
_LEAD_KINDS = np.array([0.7, 0.3, 0, 0, 0])
_DEAL_KINDS = np.array([[0.5, 0.2, 0.1, 0.1, 0.1], [0.35, 0.2, 0.25, 0.15, 0.05]])
_PLANNED, _LATE, _FORGOTTEN, _DELETED, _LEAD_HAS_ONE = 0.6, 0.15, 0.04, 0.02, 0.35
_NEXT_STEP, _PUT_OFF = 0.92, 0.85  # open deals that have one, and of those overdue
_DUE = np.array([2.0 * DAY, 6.0 * DAY])  # by pipeline


def all_tasks(rng: np.random.Generator, leads: Frame, deals: Frame, history: Frame) -> Frame:
    """One row per task, by time. A task of a deal is set when a stage begins and is done before the
    stage ends, in time or late; a few are forgotten. Some open deals have none."""
    tasks = stack(_of_deals(rng, deals, history), _of_leads(rng, leads))
    tasks = take(tasks, tasks["created_at"] < END)
    return take(tasks, np.argsort(tasks["created_at"], kind="stable"))


def _of_deals(rng: np.random.Generator, deals: Frame, history: Frame) -> Frame:
    happened = take(history, history["changed_at"] < END)
    begun = np.flatnonzero(deals["twin_of"] == MISSING)
    deal = np.concatenate([begun, happened["deal"]])
    stage = np.concatenate([deals["started_in"][begun], happened["to"]])
    at = np.concatenate([deals["created_at"][begun], happened["changed_at"]])
    step = np.concatenate([np.full(len(begun), -1), happened["step"]])
    order = np.lexsort((step, deal))
    deal, stage, at = deal[order], stage[order], at[order]
    is_last = np.append(np.diff(deal) > 0, True)
    left_at = np.where(is_last, 10 * END, np.roll(at, -1))

    planned = rng.random(len(deal)) < np.where(is_last, _NEXT_STEP, _PLANNED)
    rows = np.flatnonzero(planned & ref.IS_OPEN[stage] & (left_at - at > HOUR))
    deal, at, left_at = deal[rows], at[rows], left_at[rows]
    size, pipeline = len(rows), ref.PIPELINE[stage[rows]]
    created_at = at + rng.integers(60, 900, size)
    stands = np.minimum(left_at - created_at, 3 * _DUE[pipeline])
    done_at = created_at + (rng.uniform(0.2, 0.95, size) * stands).astype(np.int64)
    done_at = _before(left_at, created_at, into_office(rng, done_at))
    # The last stage of an open deal: what is done would be followed by a next step, so it is not.
    undone = (left_at > END) | (rng.random(size) < _FORGOTTEN)
    planned_for = created_at + waits(rng, _DUE[pipeline], size, 0.6)
    # What is overdue is mostly put off to one of the coming days.
    later = END + waits(rng, _DUE[pipeline], size, 0.6)
    put_off = (left_at > END) & (planned_for < END) & (rng.random(size) < _PUT_OFF)
    planned_for = np.where(put_off, later, planned_for)
    due_at = np.where(undone, planned_for, _deadline(rng, created_at, done_at))
    return {
        "created_at": created_at,
        "due_at": due_at,
        "completed_at": np.where(undone, MISSING, done_at),
        "kind": _kinds(rng, _DEAL_KINDS[pipeline]),
        "owner": people.holder(deals["owner"][deal], created_at),
        "lead": np.full(size, MISSING),
        "deal": deals["deal"][deal],
        "card": np.where(rng.random(size) < 0.5, deals["card"][deal], MISSING),
        "deleted": rng.random(size) < _DELETED,
    }


def _of_leads(rng: np.random.Generator, leads: Frame) -> Frame:
    asked = (leads["twin_of"] == MISSING) & ~leads["test"] & (leads["owner"] != MISSING)
    asked = take(leads, asked & (rng.random(len(asked)) < _LEAD_HAS_ONE))
    size = len(asked["lead"])
    created_at = into_office(rng, asked["created_at"] + rng.integers(60, 900, size))
    done_at = into_office(rng, created_at + waits(rng, 5 * HOUR, size, 1.0))
    undone = (done_at >= END) | (rng.random(size) < _FORGOTTEN)
    return {
        "created_at": created_at,
        "due_at": _deadline(rng, created_at, done_at),
        "completed_at": np.where(undone, MISSING, done_at),
        "kind": _kinds(rng, np.broadcast_to(_LEAD_KINDS, (size, len(_KINDS)))),
        "owner": people.holder(asked["owner"], created_at),
        "lead": asked["lead"],
        "deal": np.full(size, MISSING),
        "card": np.full(size, MISSING),
        "deleted": rng.random(size) < _DELETED,
    }


def _before(end: np.ndarray, start: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The moments themselves, or half way from the start to the end where they are past the end."""
    before: np.ndarray = np.where(at < end, at, (start + end) // 2)
    return before


def _deadline(rng: np.random.Generator, created_at: np.ndarray, done_at: np.ndarray) -> np.ndarray:
    """When what was done had to be done: some time later, or earlier where it was done late."""
    size = len(done_at)
    early = done_at + waits(rng, 8.0 * HOUR, size)
    late = created_at + (rng.uniform(0.3, 0.9, size) * (done_at - created_at)).astype(np.int64)
    deadline: np.ndarray = np.where(rng.random(size) < _LATE, late, early)
    return deadline


def _kinds(rng: np.random.Generator, weights: np.ndarray) -> np.ndarray:
    edges = np.cumsum(weights, axis=1)
    drawn = (rng.random(len(weights))[:, None] >= edges).sum(axis=1)
    kinds: np.ndarray = np.minimum(drawn, len(_KINDS) - 1)
    return kinds


def store_tasks(connection: duckdb.DuckDBPyConnection, tasks: Frame) -> None:
    """One row per task; `updated_at` is when it was set or done."""
    store(
        connection,
        "tasks",
        tasks
        | {
            "number": np.arange(len(tasks["deal"])),
            "kind": labels(tasks["kind"], _KINDS),
            "is_deleted": tasks["deleted"],
            "updated_at": np.maximum(tasks["created_at"], tasks["completed_at"]),
        },
        task_id=key("J", "number"),
        user_id=people.user_id("owner"),
        contact_id=key("K", "card"),
        lead_id=key("L", "lead"),
        deal_id=key("D", "deal"),
    )
