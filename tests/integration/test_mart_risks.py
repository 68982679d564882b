"""What is open and what endangers it: mart_deal_risk, mart_hygiene and mart_workload, each computed
a second time in pandas from the facts of the demo company."""

import numpy as np
import pandas as pd
import pytest

from kits.recounts.second_opinions import kaplan_meier_time, wilson
from kits.recounts.standing import (
    LOW_N,
    ZONE,
    business_day,
    contact_norms,
    contacts,
    real_deals,
    real_leads,
    standing,
    touched_records,
)

AS_OF = pd.Timestamp("2026-06-30")
DAY = pd.Timedelta(days=1)
FLAGS = ["is_stuck", "has_no_next_step", "is_close_overdue", "is_silent", "is_amount_missing"]


@pytest.fixture(scope="module")
def deals(warehouse) -> pd.DataFrame:
    return real_deals(warehouse)


@pytest.fixture(scope="module")
def talks(warehouse) -> pd.DataFrame:
    return contacts(warehouse)


@pytest.fixture(scope="module")
def touched(warehouse, talks, deals) -> dict[str, pd.DataFrame]:
    return touched_records(warehouse, talks, deals, real_leads(warehouse))


@pytest.fixture(scope="module")
def norms(touched) -> dict[str, float]:
    return contact_norms(touched)


def test_risks_of_open_deals(warehouse, deals, touched, norms):
    mart = warehouse.sql("from marts.mart_deal_risk").df().set_index("deal_id").sort_index()
    expected = standing(touched["deal"], norms, AS_OF).sort_index()
    assert mart.index.tolist() == expected.index.tolist()
    assert mart["days_since_contact"].astype(float).equals(expected["since"].astype(float))
    assert (mart["is_silent"] == expected["is_silent"]).all()
    assert (mart["contact_norm_days"] == expected["segment"].map(norms)).all()

    visits = warehouse.sql(
        "select visit.*, exited_at is not null as has_left from marts.fct_deal_stage_visit as visit"
        " inner join marts.fct_deal using (deal_id) where not is_test"
    ).df()
    visits["entered"] = business_day(visits["entered_at"])
    left = business_day(visits["exited_at"]).fillna(AS_OF)
    visits["days"] = (left - visits["entered"]).dt.days.astype(float)
    timed = visits[visits["duration_hours"].notna() & ~visits["is_passthrough"]]
    stage_norms = {
        stage: kaplan_meier_time(rows["days"].to_numpy(), rows["has_left"].to_numpy(), 0.25)
        if rows["has_left"].sum() >= LOW_N
        else np.nan
        for stage, rows in timed.groupby("stage_id")
    }
    last = visits[visits["is_censored"] & visits["duration_hours"].notna()].set_index("deal_id")
    in_stage = (AS_OF - last["entered"]).dt.days.reindex(mart.index)
    assert mart["days_in_stage"].astype(float).equals(in_stage.astype(float))
    norm = mart["stage_id"].map(stage_norms)
    assert mart["stage_norm_days"].astype(float).equals(norm)
    known = in_stage.notna() & norm.notna()
    assert (mart["is_stuck"].notna() == known).all()
    assert (mart["is_stuck"][known] == (in_stage > norm)[known]).all()

    tasks = warehouse.sql(
        """
        select coalesce(task.deal_id, lead.deal_id) as deal_id, min(due_on) as due
        from marts.fct_task as task left join marts.fct_lead as lead using (lead_id)
        where completed_at is null and due_on > date '2026-06-30' and not task.is_test group by all
        """
    ).df()
    due = tasks.set_index("deal_id")["due"].reindex(mart.index)
    assert mart["next_task_due_on"].equals(due.rename("next_task_due_on"))
    assert (mart["has_no_next_step"] == due.isna()).all()
    assert (mart["is_close_overdue"] == (expected["expected_close_on"] <= AS_OF)).all()

    late = {"b2b_proposal", "b2b_negotiation", "b2b_contract", "b2b_invoice"}
    late |= {"b2c_showroom", "b2c_reserve", "b2c_paying"}
    no_amount = expected["amount"].fillna(0) == 0
    assert (mart["is_amount_missing"] == (expected["stage_id"].isin(late) & no_amount)).all()

    coming = warehouse.sql(
        """
        select city, kind from marts.fct_external_event where city is not null
            and kind != 'promotion' and severity in ('medium', 'high')
            and starts_on <= date '2026-07-07' and ends_on >= date '2026-07-01'
        """
    ).df()
    assert coming["city"].is_unique
    kinds = expected["city"].map(coming.set_index("city")["kind"])
    assert mart["external_event"].fillna("").tolist() == kinds.fillna("").tolist()

    flags = mart[FLAGS].fillna(False).astype(bool).assign(event=kinds.notna())
    assert (mart["risk_count"] == flags.sum(axis=1)).all()
    assert (mart["top_risk"].isna() == (flags.sum(axis=1) == 0)).all()


def test_chances_of_open_deals(warehouse, deals):
    mart = warehouse.sql("from marts.mart_deal_risk").df()
    cells = warehouse.sql(
        """
        from intermediate.int_forecast__incidence
        where learned_on = date '2026-06-01' and horizon_days = 365
        """
    ).df()
    rows = mart.merge(deals[["deal_id", "segment", "has_history"]], on="deal_id")
    rows["stage_id"] = rows["stage_id"].where(rows["has_history"], "unknown")
    days = rows["days_in_stage"].astype(float).fillna(rows["age_days"])
    starts = [0, 3, 7, 14, 30, 60, 120]
    bands = pd.cut(days, [*starts, np.inf], right=False, labels=[str(day) for day in starts])
    key = ["pipeline_id", "stage_id", "segment", "stage_band"]
    found = rows.assign(stage_band=bands.astype(str)).merge(
        cells, on=key, how="left", suffixes=("", "_of_cell")
    )
    assert len(found) == len(mart)
    # The longest stand in one stage of a deal that was won; nobody knows of a longer one.
    longest = warehouse.sql(
        """
        select visit.pipeline_id, max(date_diff('day', entered_on, exited_on))
        from marts.fct_deal_stage_visit as visit inner join marts.fct_deal as deal using (deal_id)
        inner join marts.dim_stage as stage on visit.pipeline_id = stage.pipeline_id
            and visit.stage_id = stage.stage_id
        where deal.status = 'won' and deal.won_on < date '2026-06-01' and semantics = 'open'
            and not deal.is_test
        group by 1
        """
    ).fetchall()
    is_beyond = days.to_numpy() > rows["pipeline_id"].map(dict(longest)).to_numpy()
    assert 0 < is_beyond.sum() < 20
    assert found.loc[is_beyond, ["win_probability", "expected_amount"]].isna().all(axis=None)
    found = found[~is_beyond]
    chance = found["win_probability_of_cell"]
    assert found["win_probability"].tolist() == pytest.approx(chance.tolist())
    low, high = wilson(chance * found["deals_count"], found["deals_count"].replace(0, np.nan))
    assert found["win_probability_low"].tolist() == pytest.approx(low.tolist(), nan_ok=True)
    assert found["win_probability_high"].tolist() == pytest.approx(high.tolist(), nan_ok=True)
    known = found["amount_base"].notna()
    expected = (chance * found["amount_base"].astype(float))[known]
    seen = found["expected_amount"].astype(float)
    assert seen[known].tolist() == pytest.approx(expected.tolist(), abs=0.006)
    assert 0 < known.sum() < len(found) and (seen[~known] > 0).all()


@pytest.mark.parametrize("day", [pd.Timestamp("2026-06-15"), AS_OF])
def test_hygiene_of_a_day(warehouse, touched, norms, day):
    mart = warehouse.execute("from marts.mart_hygiene where date = ?", [day.date()]).df()
    key = ["rule_id", "manager_id"]
    counted = mart.set_index(key)[["checked", "violated"]].sort_index()
    open_then = standing(touched["deal"], norms, day)
    # A deal that was closed and reopened is open from then on only.
    reopened = warehouse.execute(
        """
        select deal_id from marts.fct_deal_stage_visit join marts.dim_stage using (stage_id)
        where semantics != 'open' and cast(timezone($zone, timezone('UTC', entered_at)) as date)
            <= $day and cast(timezone($zone, timezone('UTC', exited_at)) as date) > $day
        """,
        {"zone": ZONE, "day": day.date()},
    ).df()["deal_id"]
    open_then = open_then[~open_then.index.isin(reopened)]
    silent = open_then.groupby("manager_id")["is_silent"].agg(["count", "sum"])
    assert [*counted.loc["no_contact"].itertuples(name=None)] == [*silent.itertuples(name=None)]

    tasks = warehouse.execute(
        """
        select manager_id, count(*), count(*) filter (where due_on <= $day) from marts.fct_task
        where due_on is not null and created_on <= $day and not is_test
            and (completed_on is null or completed_on > $day)
        group by 1 order by 1
        """,
        {"day": day.date()},
    ).fetchall()
    assert [*counted.loc["overdue_task"].itertuples(name=None)] == tasks

    lost = warehouse.execute(
        """
        select owner_id_at_close, count(*), count(*) filter (where lost_reason is null)
        from marts.fct_deal where status = 'lost' and not is_test and deal_id not like 'order:%'
            and cast(timezone($zone, timezone('UTC', final_closed_at)) as date)
            between $day - interval 29 day and $day
        group by 1 order by 1
        """,
        {"zone": ZONE, "day": day},
    ).fetchall()
    assert [*counted.loc["lost_without_reason"].itertuples(name=None)] == lost
    only_today = {"close_date_past", "amount_missing", "duplicate_client"}
    assert only_today.isdisjoint(mart["rule_id"]) == (day != AS_OF)


def test_hygiene_agrees_with_the_risks_and_with_the_day_before(warehouse):
    violated = warehouse.sql(
        "select rule_id, sum(violated) from marts.mart_hygiene where date = as_of_date group by 1"
    ).fetchall()
    risks = warehouse.sql(f"select {', '.join(f'sum({flag})' for flag in FLAGS)}"
                          " from marts.mart_deal_risk").fetchone()  # fmt: skip
    rules = ["stuck", "no_next_task", "close_date_past", "no_contact", "amount_missing"]
    assert dict(violated).items() >= dict(zip(rules, risks, strict=True)).items()
    cards = warehouse.sql(
        """
        with cards as (
            select customer_id from intermediate.int_customers__identified
            where record_type = 'contact' group by 1
            having count(*) > 1 and bool_or(joined_by in ('phone', 'email', 'messenger'))
        )
        select count(*) from marts.mart_deal_risk semi join cards using (customer_id)
        """
    ).fetchone()[0]
    assert dict(violated)["duplicate_client"] == cards > 0

    wrong = warehouse.sql(
        """
        from marts.mart_hygiene as today
        asof left join marts.mart_hygiene as earlier
            on today.rule_id = earlier.rule_id and today.manager_id = earlier.manager_id
            and today.date > earlier.date
        where today.previous_rate is distinct from earlier.rate
        """
    ).fetchall()
    assert wrong == []


@pytest.mark.parametrize("week", [pd.Timestamp("2025-03-03"), pd.Timestamp("2026-06-29")])
def test_workload_of_a_week(warehouse, talks, touched, norms, week):
    end = min(week + 6 * DAY, AS_OF)
    mart = (
        warehouse.execute("from marts.mart_workload where period_start = ?", [week.date()])
        .df()
        .set_index(["manager_id", "client_type"])
        .sort_index()
    )
    lead_rows = standing(touched["lead"], norms, end).rename(columns={"owner_id": "manager_id"})
    bought = lead_rows["first_won_at"] < lead_rows["created_at"]
    deal_rows = standing(touched["deal"], norms, end)
    types = {
        "open_leads": lead_rows.assign(client_type=np.where(bought, "returning", "new")),
        "open_deals": deal_rows.assign(
            client_type=np.where(deal_rows["is_new_customer"], "new", "returning")
        ),
    }
    key = ["manager_id", "client_type"]
    for column, rows in types.items():
        counts = rows.groupby(key).size().reindex(mart.index, fill_value=0)
        assert (mart[column] == counts).all() and counts.sum() == len(rows) > 0
    silent = pd.concat([rows[rows["is_silent"]] for rows in types.values()])
    counts = silent.groupby(key).size().reindex(mart.index, fill_value=0)
    assert (mart["untouched_count"] == counts).all()
    shares = counts / (mart["open_leads"] + mart["open_deals"]).replace(0, np.nan)
    pd.testing.assert_series_equal(mart["untouched_share"], shares, check_names=False)

    first_won = warehouse.sql("select customer_id, first_won_at from marts.dim_customer").df()
    lost = warehouse.sql(
        "select owner_id as manager_id, customer_id, created_at from marts.fct_lead where status ="
        " 'lost' and not is_test and not is_spam and lead_id not like 'order:%'"
        " and coalesce(converted_at, won_at, lost_at) is null"
    ).df()
    lost = lost[business_day(lost["created_at"]).between(week, end)]
    lost = lost.merge(first_won, on="customer_id", how="left")
    bought = lost["first_won_at"] < lost["created_at"]
    lost["client_type"] = np.where(bought, "returning", "new")
    counts = lost.groupby(key).size().reindex(mart.index, fill_value=0)
    assert (mart["untimed_leads"] == counts).all() and counts.sum() == len(lost) > 0
    said = talks[talks["day"].between(week, end)].merge(first_won, on="customer_id", how="left")
    returning = business_day(said["first_won_at"]) < said["day"]
    said["client_type"] = np.select(
        [said["customer_id"].isna(), returning], ["unknown", "returning"], "new"
    )
    counts = said.groupby(key).size().reindex(mart.index, fill_value=0)
    assert (mart["contacts_count"] == counts).all() and counts.sum() == len(said) > 0
