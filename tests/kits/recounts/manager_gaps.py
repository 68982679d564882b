"""The gaps to the plan and whose problem a win rate is, worked out once more, row by row."""

from collections.abc import Callable
from math import log

import numpy as np
import pandas as pd

from kits.recounts.managers import KEY, LOW_N

_BASELINE, _SHARE = 6, 0.6
_SUMMED = [
    "leads_taken",
    "crm_won_count",
    "crm_closed_count",
    "won_with_amount_count",
    "won_amount",
]
_EFFECTS = ("gap_effect_leads", "gap_effect_conversion", "gap_effect_check", "gap_effect_refunds")
_NAMES = ("leads", "gap_effect_conversion", "average_check", "gap_effect_refunds", "calls")
# The sums of the periods before one.
Before = Callable[[pd.Period], dict[str, float]]


def gaps(recounted: pd.DataFrame) -> pd.DataFrame:
    """The gap columns of every month with a revenue plan. The demo company plans no leads."""
    months = recounted.query("period_grain == 'month'")
    rows = []
    for _, own in months.groupby("manager_id"):
        before = _before(own)
        for row in own[own["plan_revenue"].gt(0) & own["revenue"].notna()].to_dict("records"):
            key = {column: row[column] for column in KEY}
            rows.append(key | {"gap_revenue": row["revenue"] - row["plan_revenue"]})
            rows[-1] |= _split(row, before(row["period"]))
    columns = ["gap_revenue", "gap_method", "gap_planned_leads", *_EFFECTS, "top_gap_kpi"]
    return pd.DataFrame(rows).set_index(KEY)[columns].sort_index()


def _before(own: pd.DataFrame) -> Before:
    places = np.array([period.ordinal for period in own["period"]])
    numbers = own[_SUMMED].to_numpy(float)

    def before(period: pd.Period) -> dict[str, float]:
        inside = (places >= period.ordinal - _BASELINE) & (places < period.ordinal)
        return dict(zip(_SUMMED, np.nansum(numbers[inside], axis=0), strict=True))

    return before


def _split(row: dict, before: dict[str, float]) -> dict:
    """Leads, conversion and check of the plan and of the month, replaced one after the other or
    weighed by logarithms; refunds apart."""
    check = row["plan_average_check"]
    if pd.isna(check) and before["won_with_amount_count"] and before["won_amount"] > 0:
        check = before["won_amount"] / before["won_with_amount_count"]
    if pd.isna(check) or not before["won_with_amount_count"] or not before["leads_taken"]:
        return dict.fromkeys(("gap_method", "gap_planned_leads", *_EFFECTS, "top_gap_kpi"))
    plan, fact, won = row["plan_revenue"], row["won_amount"], row["won_with_amount_count"]
    conversion = before["won_with_amount_count"] / before["leads_taken"]
    leads = plan / check / conversion
    calls = row["calls_out"] / row["plan_calls"] if row["plan_calls"] > 0 else None
    if min(row["leads_taken"], won, fact) > 0:
        weight = plan if fact == plan else (fact - plan) / (log(fact) - log(plan))
        method, effects = (
            "log_mean",
            [
                weight * log(row["leads_taken"] / leads),
                weight * log(won / row["leads_taken"] / conversion),
                weight * log(fact / won / check),
            ],
        )
    else:
        weight = None
        method, effects = (
            "sequential",
            [
                (row["leads_taken"] - leads) * conversion * check,
                (won - row["leads_taken"] * conversion) * check,
                fact - won * check,
            ],
        )
    effects.append(row["revenue"] - fact)
    ranked = list(effects)
    if calls is not None:
        ranked.append(weight * log(calls) if weight and calls > 0 else plan * (calls - 1))
    least = min(ranked)
    top = _NAMES[ranked.index(least)] if least < -0.02 else None
    told = {"gap_method": method, "gap_planned_leads": leads, "top_gap_kpi": top}
    return told | dict(zip(_EFFECTS, effects, strict=True))


def problems(
    own: pd.DataFrame,
    groups: pd.DataFrame,
    grain: str,
    department: pd.Series,
    expected_won: pd.Series,
) -> tuple[dict, dict]:
    """problem_scope by (who, first day): of managers, and of their departments."""
    own, groups = own.query("period_grain == @grain"), groups.query("period_grain == @grain")
    histories = {
        manager: [(row, _deals(before, row)) for row in rows.to_dict("records")]
        for manager, rows in own.groupby("manager_id")
        for before in [_before(rows)]
    }
    fallen = []
    for manager, rows in histories.items():
        for row, (won, closed, won_before, closed_before) in rows:
            if closed and closed_before:
                fell = won / closed < won_before / closed_before
                fallen.append((department[manager], row["period_start"], fell))
    shares = pd.DataFrame(fallen).groupby([0, 1])[2].mean()

    theirs, deals_of = {}, {}
    for name, rows in groups.groupby("manager_id"):
        before = _before(rows)
        for row in rows.to_dict("records"):
            key = name, row["period_start"]
            deals_of[key] = _deals(before, row)
            shared = shares.get(key, 0) >= _SHARE
            theirs[key] = "department" if shared and _is_below(*deals_of[key]) else "none"

    by_manager = {}
    for manager, rows in histories.items():
        for row, deals in rows:
            group = department[manager], row["period_start"]
            rest = [all_ - one for all_, one in zip(deals_of[group], deals, strict=True)]
            expected = expected_won.get((manager, row["period_start"]))
            alone = _is_improbable(*deals[:2], expected / deals[1]) if deals[1] >= LOW_N else False
            verdict = "individual" if alone and not _is_below(*rest) else theirs[group]
            by_manager[manager, row["period_start"]] = verdict
    return by_manager, theirs


def _deals(before: Before, row: dict) -> tuple[float, float, float, float]:
    """Won and closed deals of the CRM of a period, and of those before it."""
    sums = before(row["period"])
    return (
        row["crm_won_count"],
        row["crm_closed_count"],
        sums["crm_won_count"],
        sums["crm_closed_count"],
    )


def _is_below(won: float, closed: float, won_before: float, closed_before: float) -> bool:
    if min(closed, closed_before) < LOW_N:
        return False
    return _is_improbable(won, closed, won_before / closed_before)


def _is_improbable(won: float, closed: float, rate: float) -> bool:
    """Whether so few wins lie more than 1.96 standard errors below what `rate` leads to expect."""
    return closed * rate - won > 1.96 * (closed * rate * (1 - rate)) ** 0.5
