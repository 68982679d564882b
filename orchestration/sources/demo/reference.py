"""Pipelines with their stages, and the daily rate of the dollar."""

import duckdb
import numpy as np

from orchestration.sources.demo.clock import DAY, DAYS, HOUR, WEEKDAYS
from orchestration.sources.demo.frame import store, texts

# stage_id, stage_name, semantics, median seconds in it, its part of all losses, CRM's probability
_B2C = (
    ("b2c_new", "New request", "open", 5 * HOUR, 0.30, 0.2),
    ("b2c_talk", "In conversation", "open", 20 * HOUR, 0.25, 0.3),
    ("b2c_offer", "Offer sent", "open", 40 * HOUR, 0.25, 0.4),
    ("b2c_showroom", "Showroom visit", "open", 40 * HOUR, 0.05, 0.5),
    ("b2c_reserve", "Reserved", "open", 30 * HOUR, 0.08, 0.7),
    ("b2c_paying", "Awaiting payment", "open", 16 * HOUR, 0.07, 0.9),
    ("b2c_won", "Won", "won", 0, 0, 1),
    ("b2c_lost", "Lost", "lost", 0, 0, 0),
)
_B2B = (
    ("b2b_inquiry", "Inquiry", "open", 2 * DAY, 0.20, 0.1),
    ("b2b_qualify", "Qualification", "open", 5 * DAY, 0.22, 0.15),
    ("b2b_demo", "Demonstration", "open", 8 * DAY, 0.14, 0.25),
    ("b2b_proposal", "Proposal", "open", 9 * DAY, 0.18, 0.4),
    ("b2b_negotiation", "Negotiation", "open", 10 * DAY, 0.16, 0.55),
    ("b2b_contract", "Contract", "open", 6 * DAY, 0.06, 0.8),
    ("b2b_invoice", "Invoice", "open", 4 * DAY, 0.04, 0.9),
    ("b2b_won", "Won", "won", 12 * DAY, 0, 1),
    ("b2b_delivered", "Delivered", "post_won", 0, 0, 1),
    ("b2b_lost", "Lost", "lost", 0, 0, 0),
)
STAGES = _B2C + _B2B
STAGE_IDS = [stage[0] for stage in STAGES]
CODE = {stage_id: code for code, stage_id in enumerate(STAGE_IDS)}
PIPELINE_IDS = ["b2c", "b2b"]
PIPELINE = np.array([0] * len(_B2C) + [1] * len(_B2B))
IS_OPEN = np.array([stage[2] == "open" for stage in STAGES])
IS_WON = np.array([stage[2] in ("won", "post_won") for stage in STAGES])
MEDIAN_SECONDS = np.array([stage[3] for stage in STAGES], dtype=float)
LOSS_PART = np.array([stage[4] for stage in STAGES])
FIRST, WON, LOST = (
    np.array(
        [CODE[f"{pipeline}_{name}"] for pipeline, name in zip(PIPELINE_IDS, names, strict=True)]
    )
    for names in (("new", "inquiry"), ("won", "won"), ("lost", "lost"))
)
# The showroom was closed and its stage deleted; history still shows it.
SHOWROOM, SHOWROOM_CLOSED = CODE["b2c_showroom"], 244 * DAY


def store_stages(connection: duckdb.DuckDBPyConnection) -> None:
    """One row per stage of each pipeline, the deleted one among them."""
    order = np.concatenate([np.arange(len(_B2C)), np.arange(len(_B2B))]) + 1
    frame = {
        "pipeline": PIPELINE,
        "stage_order": order,
        "stage_id": texts(STAGE_IDS),
        "stage_name": texts([stage[1] for stage in STAGES]),
        "semantics": texts([stage[2] for stage in STAGES]),
        "probability": np.array([float(stage[5]) for stage in STAGES]),
    }
    store(
        connection,
        "stages",
        frame,
        pipeline_id="if(pipeline = 0, 'b2c', 'b2b')",
        pipeline_name="if(pipeline = 0, 'Retail', 'Corporate')",
        is_deleted="stage_id = 'b2c_showroom'",
    )


def dollar(rng: np.random.Generator) -> np.ndarray:
    """Roubles for a dollar on each day of the demo, a weekend keeping Friday's."""
    steps = rng.normal(0, 0.5, DAYS)
    level = np.empty(DAYS)
    level[0] = 90.0
    for day in range(1, DAYS):
        level[day] = level[day - 1] + 0.02 * (90.0 - level[day - 1]) + steps[day]
    friday = np.arange(DAYS) - np.maximum(WEEKDAYS - 4, 0)
    return np.round(level[friday], 4)


def store_fx_rates(connection: duckdb.DuckDBPyConnection, rates: np.ndarray) -> None:
    """One row per working day; nothing is published at weekends."""
    days = np.flatnonzero(WEEKDAYS < 5)
    store(
        connection,
        "fx_rates",
        {"date": days, "rate": rates[days]},
        currency="'USD'",
        rate_to_base="rate",
    )
