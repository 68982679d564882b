"""What mart_funnel_stage says of its own figures, counted a second time: the Kaplan-Meier median,
maturity and the baseline, one cohort at a time."""

from collections import defaultdict, deque
from datetime import date
from functools import cache

import numpy as np
import pandas as pd

from kits.recounts.second_opinions import false_discovery, kaplan_meier_median, two_shares

PATH = ["pipeline_id", "stage_id", "cohort_grain", "slice_type", "slice_value", "mode"]
MATURITY_DAYS = {"b2c": 30, "b2b": 90}
BASELINE_COHORTS = 6


def survival_medians(visits: pd.DataFrame, key: list[str]) -> pd.Series:
    """The Kaplan-Meier median of every group of `visits` (lasting, is_censored) that has any."""
    known = visits[visits["lasting"].notna()]
    groups = known.groupby(key)
    order = groups.ngroup().to_numpy().argsort(kind="stable")
    ends = groups.size().cumsum()
    hours = np.split(known["lasting"].to_numpy()[order], ends[:-1])
    left = np.split(~known["is_censored"].to_numpy(dtype=bool)[order], ends[:-1])
    medians = [kaplan_meier_median(*group) for group in zip(hours, left, strict=True)]
    return pd.Series(medians, ends.index, dtype=float)


def judged(rated: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """The columns is_mature, baseline_conversion and is_bottleneck of rated rows of the mart."""
    rows = rated.reset_index()
    cohorts = rows[["cohort_grain", "cohort_start", "slice_type", "slice_value"]]
    rows["is_mature"] = [
        _is_mature(*cohort, as_of) for cohort in cohorts.itertuples(index=False, name=None)
    ]
    earlier = defaultdict(lambda: deque(maxlen=BASELINE_COHORTS))
    in_time = rows.sort_values("cohort_start")
    baselines, pooled = [], []
    paths = in_time[PATH].itertuples(index=False, name=None)
    steps = in_time[["step_numerator", "step_denominator"]].itertuples(index=False, name=None)
    for path, step, is_mature in zip(paths, steps, in_time["is_mature"], strict=True):
        passed, reached = map(sum, zip(*earlier[path], strict=True)) if earlier[path] else (0, 0)
        baselines.append(passed / reached if reached else np.nan)
        pooled.append((passed, reached))
        if is_mature:
            earlier[path].append(step)
    rows["baseline_conversion"] = pd.Series(baselines, in_time.index, dtype=float)
    rows["is_bottleneck"] = _bottlenecks(rows, pd.DataFrame(pooled, in_time.index))
    return rows.set_index(rated.index.names)


def _bottlenecks(rows: pd.DataFrame, earlier: pd.DataFrame) -> pd.Series:
    """Where the step of a mature cohort is surely lower than in the (passed, reached) before it."""
    passed = rows["step_numerator"]
    tested = rows["is_mature"] & ~rows["is_low_n"] & passed.notna() & (earlier[1] > 0)
    below = two_shares(passed, rows["step_denominator"], earlier[0], earlier[1])
    tested &= below.notna()
    found = pd.Series(False, rows.index)
    if tested.any():
        found[tested] = false_discovery(below[tested])
    return found


@cache
def _is_mature(grain: str, start: pd.Timestamp, slice_type: str, value: str, as_of: date) -> bool:
    if grain == "all":
        return False
    last_day = (
        pd.Timestamp(start).to_period({"day": "D", "week": "W", "month": "M"}[grain]).end_time
    )
    days = max(MATURITY_DAYS.values())
    if slice_type == "segment":
        days = MATURITY_DAYS.get(value, MATURITY_DAYS["b2c"])
    return (pd.Timestamp(as_of) - last_day.normalize()).days >= days
