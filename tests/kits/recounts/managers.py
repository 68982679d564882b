"""mart_manager_kpi counted a second time, in pandas, from the star alone."""

from collections.abc import Iterator
from datetime import date
from itertools import product

import numpy as np
import pandas as pd

from kits.recounts.second_opinions import wilson

KEY = ["manager_id", "period_grain", "period_start"]
ZONE = "Europe/Moscow"
MEANINGFUL_SECONDS = 60
# What the orders of shops made is named so; nobody sells it.
MADE = "order:"
LOW_N = 30
OPENS, CLOSES = pd.Timedelta(hours=9), pd.Timedelta(hours=20)

_GRAINS = {"day": "D", "week": "W-SUN", "month": "M"}
# Minutes after which a lead that nobody has tried to reach is taken to be reached.
_NEVER = 1e15
_SPEEDS = {
    "speed_to_lead": "speed_to_lead_p{}_minutes",
    "speed_to_lead_calendar": "speed_to_lead_p{}_calendar_minutes",
    "speed_to_contact": "speed_to_contact_p{}_minutes",
}


def of_scope(star: dict[str, pd.DataFrame], scope_type: str, scopes: pd.Series) -> dict:
    """The star as if every scope were a manager; `scopes` is the scope of each manager."""
    owners = {"fct_lead": ["owner_id"], "fct_call": ["manager_id"]}
    owners["fct_deal"] = ["owner_id_at_close", "owner_id_current"]
    moved = {
        name: star[name].assign(**{column: star[name][column].map(scopes) for column in columns})
        for name, columns in owners.items()
    }
    plans = star["fct_plan"].query("scope_type == @scope_type").assign(scope_type="manager")
    if scope_type == "company":
        plans["scope_id"] = "company"
    return star | moved | {"fct_plan": plans}


def recount(star: dict[str, pd.DataFrame], as_of: date) -> pd.DataFrame:
    """The mart's rows, ordered by their key, without the columns that only copy another table."""
    star = star | {"fct_lead": _timed(star["fct_lead"], star["dim_date"], as_of)}
    counted = pd.concat([_of_grain(star, grain, as_of) for grain in _GRAINS])
    return counted.sort_values(KEY).reset_index(drop=True)


def _timed(leads: pd.DataFrame, calendar: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """The leads with the minutes of working hours to what happened next, and whether they were an
    hour old by the end of as_of: older than a month they were, whatever the holidays."""
    moments = ("created_at", "first_attempt_at", "first_contact_at")
    created, attempt, contact = (leads[moment].dt.tz_localize("UTC") for moment in moments)
    workdays = calendar.loc[calendar["is_workday"], "date"]
    end = pd.Timestamp(as_of, tz=ZONE) + pd.Timedelta(days=1)
    young = created > end - pd.Timedelta(days=31)
    age = _working_minutes(created, pd.Series(end, leads.index).where(young), workdays)
    return leads.assign(
        speed_to_lead=_working_minutes(created, attempt, workdays),
        speed_to_contact=_working_minutes(created, contact, workdays),
        speed_to_lead_calendar=(attempt - created).dt.total_seconds() / 60,
        old=~(age < 60),
    )


def _working_minutes(start: pd.Series, end: pd.Series, workdays: pd.Series) -> pd.Series:
    """Minutes from start to end that lie in working hours, added up day by day."""
    spans = pd.DataFrame({"start": start, "end": end.dt.tz_convert("UTC")}).dropna()
    spans = spans.apply(lambda column: column.dt.tz_convert(ZONE).dt.tz_localize(None))
    first, last = spans["start"].dt.normalize(), spans["end"].dt.normalize()
    spans["day"] = [pd.date_range(*days) for days in zip(first, last, strict=True)]
    days = spans.explode("day").astype({"day": "datetime64[us]"})
    days = days[days["day"].isin(workdays)]
    inside = days[["end"]].assign(closes=days["day"] + CLOSES).min(axis=1)
    inside -= days[["start"]].assign(opens=days["day"] + OPENS).max(axis=1)
    minutes = (inside.dt.total_seconds() / 60).clip(lower=0)
    return minutes.groupby(level=0).sum().reindex(spans.index, fill_value=0).reindex(start.index)


def _of_grain(star: dict[str, pd.DataFrame], grain: str, as_of: date) -> pd.DataFrame:
    frequency = _GRAINS[grain]

    def dated(rows: pd.DataFrame, owner: str, moment: str) -> pd.DataFrame:
        local = rows[moment].dt.tz_localize("UTC").dt.tz_convert(ZONE).dt.tz_localize(None)
        return rows.assign(manager_id=rows[owner], period=local.dt.to_period(frequency))

    leads = star["fct_lead"].query("not is_test and not is_spam")
    leads = dated(leads, "owner_id", "created_at")
    leads["from_call"] = leads["source_type"].eq("call")
    leads["untouched"] = leads["first_attempt_at"].isna() & leads["first_contact_at"].isna()
    of_crm = leads[~leads["lead_id"].str.startswith(MADE)]
    waits = of_crm.loc[~of_crm["from_call"]]
    due = waits[waits["old"]]

    deals = star["fct_deal"].query("not is_test").copy()
    deals["holder"] = deals["owner_id_at_close"].where(
        deals["status"] != "open", deals["owner_id_current"]
    )
    born = dated(deals, "holder", "created_at")
    closed = dated(deals.query("status != 'open'"), "owner_id_at_close", "final_closed_at")
    won, lost = closed.query("status == 'won'"), closed.query("status == 'lost'")
    sold = closed[~closed["deal_id"].str.startswith(MADE)]
    sold_won = sold.query("status == 'won'")
    days = (sold_won["final_closed_at"] - sold_won["created_at"]).dt.total_seconds() / 86_400
    cycles = sold_won.assign(days=days)[days >= 0]

    refunds = star["fct_payment"].query("is_refund")[["deal_id", "paid_at", "amount_base"]]
    owners = won[["deal_id", "owner_id_at_close"]]
    refunds = dated(refunds.merge(owners, on="deal_id"), "owner_id_at_close", "paid_at")

    calls = dated(star["fct_call"].query("not is_test"), "manager_id", "started_at")
    out, incoming = calls.query("direction == 'out'"), calls.query("direction == 'in'")
    answered = calls.query("status == 'answered'")
    talked = answered["talk_seconds"].ge(MEANINGFUL_SECONDS)

    counts = {
        "leads_taken": leads,
        "leads_from_calls": leads[leads["from_call"]],
        "leads_timed": due,
        "leads_within_5": due[due["speed_to_lead"] <= 5],
        "leads_within_15": due[due["speed_to_lead"] <= 15],
        "leads_within_60": due[due["speed_to_lead"] <= 60],
        "leads_never_contacted": waits[waits["untouched"]],
        "crm_leads_taken": of_crm,
        "deals_created": born,
        "won_count": won,
        "lost_count": lost,
        "crm_won_count": sold_won,
        "crm_closed_count": sold,
        "new_won_count": sold_won[sold_won["is_new_customer"]],
        "new_closed_count": sold[sold["is_new_customer"]],
        "returning_won_count": sold_won[~sold_won["is_new_customer"]],
        "returning_closed_count": sold[~sold["is_new_customer"]],
        "won_with_amount_count": won[won["amount_base"] > 0],
        "crm_won_with_amount_count": sold_won[sold_won["amount_base"] > 0],
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
        "crm_won_amount": _by(sold_won)["amount_base"].sum(),
        "crm_closed_amount": _by(sold)["amount_base"].sum(),
        "refund_amount": _by(refunds)["amount_base"].sum(min_count=1),
        "talk_seconds": _by(answered)["talk_seconds"].sum(),
        "open_count": _open_at_the_end(
            born[~born["deal_id"].str.startswith(MADE)], frequency, as_of
        ),
        **_plans(star["fct_plan"], grain, as_of),
        **{name: _by(rows).size() for name, rows in counts.items()},
    }
    rows = pd.DataFrame({name: column.astype(float) for name, column in sums.items()})
    rows.index.names = ["manager_id", "period"]
    wholes = [*counts, "talk_seconds", "open_count", "lost_amount"]
    wholes += ["crm_won_amount", "crm_closed_amount"]
    rows[wholes] = rows[wholes].fillna(0)

    rows["sales_cycle_median_days"] = _by(cycles)["days"].median()
    waits = waits.fillna(dict.fromkeys(_SPEEDS, _NEVER))
    for (speed, column), percent in product(_SPEEDS.items(), (50, 95)):
        slowest = _by(waits)[speed].quantile(percent / 100)
        rows[column.format(percent)] = slowest.where(slowest < _NEVER / 1e3)

    unknown = (rows["won_count"] + rows["refunds"] > 0) & rows["won_amount"].isna()
    unknown &= rows["refund_amount"].isna()
    revenue = rows["won_amount"].fillna(0) - rows["refund_amount"].fillna(0)
    rows["revenue"] = revenue.mask(unknown)
    rows["closed_count"] = rows["won_count"] + rows["lost_count"]
    rows["won_amount"] = rows["won_amount"].fillna(0)
    rows["closed_amount"] = rows["won_amount"] + rows["lost_amount"]
    rows["calls_in_queued"] = rows["calls_in_answered"] + rows["calls_in_missed"]
    for name, part, whole in _ratios(rows):
        rows[name] = part / whole.where(whole != 0)
    rows["is_low_n"] = rows["crm_closed_count"] < LOW_N
    low, high = wilson(rows["crm_won_count"], rows["crm_closed_count"])
    rows["win_rate_ci_low"], rows["win_rate_ci_high"] = low, high
    planned = star["fct_plan"].query("scope_type == 'manager'").groupby("scope_id")
    rows = rows.join(_changes(rows, planned["period_start"].min().dt.to_period(frequency)))

    rows = rows.reset_index()
    rows["period_grain"] = grain
    rows["period_start"] = rows["period"].dt.start_time
    return rows


def _by(rows: pd.DataFrame):
    return rows.groupby(["manager_id", "period"])


def _changes(rows: pd.DataFrame, planned: pd.Series) -> pd.DataFrame:
    """Every row beside the one before and the one a year before. A quiet period is one of zeros
    since the manager's first event or plan, `planned`."""
    amounts = rows[["revenue", "won_count"]]
    filled, last = [], amounts.index.get_level_values("period").max()
    for manager, own in amounts.groupby(level="manager_id"):
        own = own.droplevel("manager_id")
        span = pd.period_range(min(own.index.min(), planned.get(manager, own.index.min())), last)
        quiet = pd.DataFrame(0.0, index=span.difference(own.index), columns=own.columns)
        own = pd.concat([own, quiet]).sort_index()
        filled.append(own.assign(manager_id=manager).set_index("manager_id", append=True))
    known = pd.concat(filled).swaplevel()
    managers, periods = rows.index.get_level_values(0), rows.index.get_level_values("period")
    year = {"D": pd.DateOffset(years=1), "W-SUN": pd.DateOffset(weeks=52)}
    back = year.get(periods.freqstr, pd.DateOffset(years=1))
    year_ago = (periods.to_timestamp() - back).to_period(periods.freqstr)
    before = known.reindex(pd.MultiIndex.from_arrays([managers, periods - 1])).set_axis(rows.index)
    earlier = known.reindex(pd.MultiIndex.from_arrays([managers, year_ago])).set_axis(rows.index)
    changes = {
        "revenue_previous": before["revenue"],
        "revenue_year_ago": earlier["revenue"],
        "won_previous": before["won_count"],
    }
    for name, old, new in (
        ("revenue_change", before["revenue"], rows["revenue"]),
        ("revenue_year_change", earlier["revenue"], rows["revenue"]),
        ("won_change", before["won_count"], rows["won_count"]),
    ):
        changes[name] = (new / old - 1).where(old > 0)
    return pd.DataFrame(changes)


def _ratios(rows: pd.DataFrame) -> Iterator[tuple[str, pd.Series, pd.Series]]:
    yield "win_rate", rows["crm_won_count"], rows["crm_closed_count"]
    yield "value_win_rate", rows["crm_won_amount"], rows["crm_closed_amount"]
    yield "new_win_rate", rows["new_won_count"], rows["new_closed_count"]
    yield "returning_win_rate", rows["returning_won_count"], rows["returning_closed_count"]
    yield "missed_rate", rows["calls_in_missed"], rows["calls_in_queued"]
    for minutes in (5, 15, 60):
        within = rows[f"leads_within_{minutes}"]
        yield f"speed_to_lead_within_{minutes}_share", within, rows["leads_timed"]
    yield "average_check", rows["won_amount"], rows["won_with_amount_count"]
    yield "period_conversion", rows["crm_won_with_amount_count"], rows["crm_leads_taken"]
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
