"""mart_manager_kpi counted a second time, in pandas, from the star alone."""

from collections.abc import Iterator
from datetime import date

import numpy as np
import pandas as pd

KEY = ["manager_id", "period_grain", "period_start"]
ZONE = "Europe/Moscow"
MEANINGFUL_SECONDS = 60
LOW_N = 30

_GRAINS = {"day": "D", "week": "W-SUN", "month": "M"}


def recount(star: dict[str, pd.DataFrame], as_of: date) -> pd.DataFrame:
    """The mart's rows, ordered by their key, without the columns that only copy another table."""
    counted = pd.concat([_of_grain(star, grain, as_of) for grain in _GRAINS])
    return counted.sort_values(KEY).reset_index(drop=True)


def _of_grain(star: dict[str, pd.DataFrame], grain: str, as_of: date) -> pd.DataFrame:
    frequency = _GRAINS[grain]

    def dated(rows: pd.DataFrame, owner: str, moment: str) -> pd.DataFrame:
        local = rows[moment].dt.tz_localize("UTC").dt.tz_convert(ZONE).dt.tz_localize(None)
        return rows.assign(manager_id=rows[owner], period=local.dt.to_period(frequency))

    leads = star["fct_lead"].query("not is_test and not is_spam")
    leads = dated(leads, "owner_id", "created_at")
    leads["from_call"] = leads["source_type"].eq("call")
    leads["untouched"] = leads["first_attempt_at"].isna() & leads["first_contact_at"].isna()
    waits = leads.loc[~leads["from_call"]]
    minutes = (waits["first_attempt_at"] - waits["created_at"]).dt.total_seconds() / 60
    waits = waits.assign(minutes=minutes.fillna(np.inf))

    deals = star["fct_deal"].query("not is_test").copy()
    deals["holder"] = deals["owner_id_at_close"].where(
        deals["status"] != "open", deals["owner_id_current"]
    )
    born = dated(deals, "holder", "created_at")
    closed = dated(deals.query("status != 'open'"), "owner_id_at_close", "final_closed_at")
    won, lost = closed.query("status == 'won'"), closed.query("status == 'lost'")
    days = (won["final_closed_at"] - won["created_at"]).dt.total_seconds() / 86_400
    cycles = won.assign(days=days)[days >= 0]

    refunds = star["fct_payment"].query("is_refund")[["deal_id", "paid_at", "amount_base"]]
    owners = won[["deal_id", "owner_id_at_close"]]
    refunds = dated(refunds.merge(owners, on="deal_id"), "owner_id_at_close", "paid_at")

    calls = dated(star["fct_call"], "manager_id", "started_at")
    out, incoming = calls.query("direction == 'out'"), calls.query("direction == 'in'")
    answered = calls.query("status == 'answered'")
    talked = answered["talk_seconds"].ge(MEANINGFUL_SECONDS)

    counts = {
        "leads_taken": leads,
        "leads_never_contacted": leads[leads["untouched"] & ~leads["from_call"]],
        "deals_created": born,
        "won_count": won,
        "lost_count": lost,
        "new_won_count": won[won["is_new_customer"]],
        "new_closed_count": closed[closed["is_new_customer"]],
        "returning_won_count": won[~won["is_new_customer"]],
        "returning_closed_count": closed[~closed["is_new_customer"]],
        "checks": won[won["amount_base"] > 0],
        "refunds": refunds,
        "calls_out": out,
        "calls_out_connected": out.query("status == 'answered'"),
        "calls_in": incoming,
        "calls_in_answered": incoming.query("status == 'answered'"),
        "calls_in_missed": incoming.query("status == 'missed'"),
        "meaningful_calls": answered[talked],
    }
    sums = {
        "won_amount": _by(won)["amount_base"].sum(min_count=1),
        "lost_amount": _by(lost)["amount_base"].sum(),
        "refund_amount": _by(refunds)["amount_base"].sum(min_count=1),
        "talk_seconds": _by(answered)["talk_seconds"].sum(),
        "open_count": _open_at_the_end(born, frequency, as_of),
        **_plans(star["fct_plan"], grain, as_of),
        **{name: _by(rows).size() for name, rows in counts.items()},
    }
    rows = pd.DataFrame({name: column.astype(float) for name, column in sums.items()})
    rows.index.names = ["manager_id", "period"]
    wholes = [*counts, "talk_seconds", "open_count", "lost_amount"]
    rows[wholes] = rows[wholes].fillna(0)

    rows["sales_cycle_median_days"] = _by(cycles)["days"].median()
    rows["speed_to_lead_p50_minutes"] = _by(waits)["minutes"].median()
    rows = rows.replace(np.inf, np.nan)

    unknown = (rows["won_count"] + rows["refunds"] > 0) & rows["won_amount"].isna()
    unknown &= rows["refund_amount"].isna()
    revenue = rows["won_amount"].fillna(0) - rows["refund_amount"].fillna(0)
    rows["revenue"] = revenue.mask(unknown)
    for name, part, whole in _ratios(rows):
        rows[name] = part / whole.where(whole != 0)
    rows["is_low_n"] = rows["won_count"] + rows["lost_count"] < LOW_N

    rows = rows.reset_index()
    rows["period_grain"] = grain
    rows["period_start"] = rows["period"].dt.start_time
    return rows


def _by(rows: pd.DataFrame):
    return rows.groupby(["manager_id", "period"])


def _ratios(rows: pd.DataFrame) -> Iterator[tuple[str, pd.Series, pd.Series]]:
    closed = rows["won_count"] + rows["lost_count"]
    queued = rows["calls_in_answered"] + rows["calls_in_missed"]
    amount = rows["won_amount"].fillna(0)
    yield "win_rate", rows["won_count"], closed
    yield "value_win_rate", amount, amount + rows["lost_amount"]
    yield "new_win_rate", rows["new_won_count"], rows["new_closed_count"]
    yield "returning_win_rate", rows["returning_won_count"], rows["returning_closed_count"]
    yield "missed_rate", rows["calls_in_missed"], queued
    yield "average_check", rows["revenue"], rows["checks"]
    yield "plan_completion", rows["revenue"], rows["plan_revenue"]
    yield "plan_calls_completion", rows["calls_out"], rows["plan_calls"]
    yield "plan_average_check_completion", rows["average_check"], rows["plan_average_check"]


def _open_at_the_end(born: pd.DataFrame, frequency: str, as_of: date) -> pd.Series:
    """Deals that stand open when a period ends, counted deal by deal for every period."""
    last = pd.Period(as_of, frequency)
    closed_at = born["final_closed_at"].dt.tz_localize("UTC").dt.tz_convert(ZONE)
    left = closed_at.dt.tz_localize(None).dt.to_period(frequency)
    stood = born.assign(left=left.where(born["status"] != "open", last + 1))
    stood = stood[stood["left"] > stood["period"]]
    first, end = (stood[side].astype("int64").to_numpy() for side in ("period", "left"))
    lengths = end - first
    steps = np.arange(lengths.sum()) - np.repeat(lengths.cumsum() - lengths, lengths)
    periods = pd.PeriodIndex.from_ordinals(np.repeat(first, lengths) + steps, freq=last.freq)
    owners = np.repeat(stood["manager_id"].to_numpy(), lengths)
    return pd.DataFrame({"manager_id": owners, "period": periods}).pipe(_by).size()


def _plans(plans: pd.DataFrame, grain: str, as_of: date) -> dict[str, pd.Series]:
    names = {
        "revenue": "plan_revenue",
        "calls": "plan_calls",
        "average_check": "plan_average_check",
    }
    plans = plans.query("scope_type == 'manager'")
    plans = plans[
        plans["kpi_id"].isin(list(names)) & (plans["period_start"] <= pd.Timestamp(as_of))
    ]
    if grain != "month":
        plans = plans.head(0)
    set_on = plans["set_at"].dt.tz_localize("UTC").dt.tz_convert(ZONE).dt.tz_localize(None)
    plans = plans.assign(
        manager_id=plans["scope_id"],
        period=plans["period_start"].dt.to_period(_GRAINS[grain]),
        late=set_on.dt.normalize() > plans["period_start"],
    ).sort_values("set_at")
    in_time = plans[~plans["late"]].groupby(["kpi_id", "manager_id", "period"])["value"].last()
    at_all = plans.groupby(["kpi_id", "manager_id", "period"])["value"].first()
    standing = in_time.combine_first(at_all)
    return {
        column: standing.loc[kpi] if kpi in standing.index.get_level_values(0) else _no_plans(plans)
        for kpi, column in names.items()
    }


def _no_plans(plans: pd.DataFrame) -> pd.Series:
    return plans.head(0).set_index(["manager_id", "period"])["value"]
