"""Deals and their history as the CRM delivers them."""

import duckdb
import numpy as np

from orchestration.sources.demo import people
from orchestration.sources.demo import reference as ref
from orchestration.sources.demo.clock import END
from orchestration.sources.demo.frame import MISSING, Frame, key, labels, moment, store, take

_REASONS = ["price", "competitor", "no_answer", "postponed", "not_target"]
_PRODUCTS = ["sofa", "table", "wardrobe", "office_set"]
_TAIL_LOST, _SAME_STAGE, _BY_ROBOT = 0.01, 0.004, 0.03


def store_deals(connection: duckdb.DuckDBPyConnection, deals: Frame) -> None:
    """One row per deal, the deleted, the test and the merged ones among them."""
    stage = deals["stage"]
    is_open = ref.IS_OPEN[stage]
    status = np.where(is_open, 0, np.where(ref.IS_WON[stage], 1, 2))
    frame = {name: deals[name] for name in deals if name not in ("stage", "product")}
    store(
        connection,
        "deals",
        frame
        | {
            "pipeline_id": labels(ref.PIPELINE[stage], ref.PIPELINE_IDS),
            "stage_id": labels(stage, ref.STAGE_IDS),
            "status": labels(status, ["open", "won", "lost"]),
            "lost_reason": labels(deals["reason"], _REASONS),
            "product": labels(deals["product"], _PRODUCTS),
            "owner_now": people.holder(
                deals["owner"], np.where(is_open, END - 1, deals["moved_at"])
            ),
        },
        deal_id=key("D", "deal"),
        currency="if(usd, 'USD', 'RUB')",
        owner_id=people.user_id("owner_now"),
        contact_id=key("K", "card"),
        company_id=f"if(segment = 1, {key('C', 'person // 2')}, null)",
        # A few are linked from one side only: by the lead, or by the deal.
        lead_id=f"if(deal % 41 = 0, null, {key('L', 'lead')})",
        is_deleted="deleted",
        is_test="test",
        updated_at=moment("moved_at"),
    )


def with_flaws(rng: np.random.Generator, history: Frame) -> Frame:
    """The history as it is kept: some tails missing, some events that change nothing."""
    size = len(history["deal"])
    last = np.append(np.diff(history["deal"]) > 0, True)
    lost = last & (rng.random(history["deal"].max() + 1) < _TAIL_LOST)[history["deal"]]
    again = np.flatnonzero((rng.random(size) < _SAME_STAGE) & ~last)
    repeats = take(history, again) | {"from": history["to"][again]}
    kept = take(history | {"step": history["step"] * 2}, ~lost)
    repeats["step"] = repeats["step"] * 2 + 1
    whole = {name: np.concatenate([kept[name], repeats[name]]) for name in kept}
    return take(whole, np.lexsort((whole["step"], whole["deal"])))


def store_stage_events(
    connection: duckdb.DuckDBPyConnection, rng: np.random.Generator, history: Frame, deals: Frame
) -> None:
    """One row per change of stage; `sequence` settles the order of two with one timestamp. What a
    delay puts after the end of the demo is left out."""
    history = with_flaws(rng, history)
    size = len(history["deal"])
    history |= {"robot": rng.random(size) < _BY_ROBOT, "sequence": np.arange(size) + 1}
    history = take(history, history["changed_at"] < END)
    rows = history["deal"]
    actor = people.holder(deals["owner"][rows], history["changed_at"])
    moved = ref.PIPELINE[history["from"]] != ref.PIPELINE[history["to"]]
    pipeline = np.where(moved, ref.PIPELINE[history["to"]], MISSING)
    store(
        connection,
        "stage_events",
        {
            "number": deals["deal"][rows],
            "from_stage_id": labels(history["from"], ref.STAGE_IDS),
            "to_stage_id": labels(history["to"], ref.STAGE_IDS),
            "pipeline_id": labels(pipeline, ref.PIPELINE_IDS),
            "changed_at": history["changed_at"],
            "actor": np.where(history["robot"], MISSING, actor),
            "sequence": history["sequence"],
        },
        deal_id=key("D", "number"),
        changed_by=people.user_id("actor"),
    )
