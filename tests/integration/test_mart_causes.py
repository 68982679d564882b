"""The marts that say why: losses, cohorts of leads and what platforms and the CRM count, each
computed a second time in pandas from the facts of the demo company."""

import pandas as pd
import pytest

ZONE, AS_OF = "Europe/Moscow", pd.Timestamp("2026-06-30")
AGES = [0, 1, 3, 7, 14, 30, 60, 90, 180]


def business_day(times: pd.Series) -> pd.Series:
    return times.dt.tz_localize("UTC").dt.tz_convert(ZONE).dt.tz_localize(None).dt.normalize()


@pytest.fixture(scope="module")
def leads(warehouse) -> pd.DataFrame:
    rows = warehouse.sql("from marts.fct_lead where not is_test and not is_spam").df()
    for column in ("created", "qualified", "won"):
        rows[f"{column}_on"] = business_day(rows[f"{column}_at"])
    return rows


def test_losses_by_their_last_open_stage(warehouse):
    lost = warehouse.sql(
        "select *, round(amount_base, 2) as in_base from marts.fct_deal"
        " where status = 'lost' and not is_test"
    ).df()
    lost["period_start"] = business_day(lost["final_closed_at"]).dt.to_period("Q").dt.start_time
    stood = warehouse.sql(
        """
        select deal_id, visit.stage_id from marts.fct_deal_stage_visit as visit
        join marts.dim_stage as stage
            on visit.pipeline_id = stage.pipeline_id and visit.stage_id = stage.stage_id
        where semantics = 'open' and (
            deal_id in (select deal_id from landing.stage_events)
            or visit.pipeline_id like 'shop:%'  -- orders tell their own moves
        ) order by deal_id, visit_no
        """
    ).df()
    last = stood.groupby("deal_id")["stage_id"].last().rename("last_stage")
    lost = lost.join(last, on="deal_id")
    lost["lost_reason_group"] = lost["lost_reason_group"].fillna("unknown")
    key = ["period_start", "last_stage", "lost_reason_group"]
    expected = lost.assign(last_stage=lost["last_stage"].fillna("(none)")).groupby(key).size()
    mart = warehouse.sql(
        "select *, stage_id as last_stage from marts.mart_lost_reason"
        " where period_grain = 'quarter'"
    ).df()
    assert mart.groupby(key)["lost_count"].sum().to_dict() == expected.to_dict()
    assert float(mart["lost_amount"].sum()) == pytest.approx(lost["in_base"].astype(float).sum())

    # The share of a reason over the six quarters before, from the same stage.
    quarter = pd.Timestamp("2026-04-01")
    before = lost[
        lost["period_start"].between(pd.Timestamp("2024-10-01"), pd.Timestamp("2026-01-01"))
    ]
    shares = before.groupby("last_stage")["lost_reason_group"].value_counts(normalize=True)
    seen = mart[(mart["period_start"] == quarter) & (mart["usual_lost_count"] > 0)]
    assert len(seen) > 20
    wanted = [shares[row.last_stage, row.lost_reason_group] for row in seen.itertuples()]
    assert seen["usual_share"].tolist() == pytest.approx(wanted)


def test_cohorts_of_leads_by_age(warehouse, leads):
    # An order of a shop is its own win.
    leads = leads[~leads["lead_id"].str.startswith("order:")]
    deals = warehouse.sql(
        "select deal_id, lead_id, won_at, amount_base from marts.fct_deal"
        " where status = 'won' and lead_id is not null and not is_test"
    ).df()
    refunds = (
        warehouse.sql("from marts.fct_payment where is_refund")
        .df()
        .merge(deals[["deal_id", "lead_id", "won_at"]], on="deal_id")
    )
    deals["day"] = business_day(deals["won_at"])
    refunds["day"] = pd.concat(
        [business_day(refunds["paid_at"]), business_day(refunds["won_at"])], axis=1
    ).max(axis=1)
    money = pd.concat(
        [
            deals.assign(money=deals["amount_base"].astype(float)),
            refunds.assign(money=-refunds["amount_base"].astype(float).abs()),
        ]
    )[["lead_id", "day", "money"]].merge(leads[["lead_id", "created_on"]], on="lead_id")
    months = leads["created_on"].dt.to_period("M").dt.start_time
    mart = warehouse.sql("from marts.mart_lead_cohort where cohort_grain = 'month'").df()
    assert sorted(mart["day_number"].unique()) == AGES
    for age in AGES:
        rows = mart[mart["day_number"] == age].groupby("cohort_start")
        for column in ("qualified", "won"):
            soon = (leads[f"{column}_on"] - leads["created_on"]).dt.days <= age
            assert rows[column].sum().to_dict() == soon.groupby(months).sum().to_dict()
        soon = money[(money["day"] - money["created_on"]).dt.days <= age]
        expected = soon.groupby(soon["created_on"].dt.to_period("M").dt.start_time)["money"].sum()
        seen = rows["revenue"].sum().astype(float)
        pd.testing.assert_series_equal(
            seen, expected.reindex(seen.index, fill_value=0), check_names=False, atol=0.01
        )
        mature = mart[(mart["day_number"] == age) & mart["is_mature"]]["cohort_start"]
        last = mature.max() + pd.offsets.MonthEnd(0) + pd.Timedelta(days=age)
        assert last <= AS_OF < last + pd.offsets.MonthEnd(1) + pd.Timedelta(days=1)


def test_platforms_and_crm_reconcile(warehouse, leads):
    mart = warehouse.sql("from marts.mart_channel_reconciliation").df()
    ads = mart[mart["platform_conversions"].notna()]
    causes = ["crm_leads", "test_leads", "spam_leads", "merged_leads", "no_mark_leads"]
    causes += ["out_of_window_leads", "unexplained"]
    assert (ads[causes].sum(axis=1) == ads["platform_conversions"]).all()
    kept = ["won", "not_yet_won", "lost_leads", "duplicate_leads"]
    assert (mart[kept].sum(axis=1) == mart["crm_leads"]).all()
    assert (mart["paid"] + mart["unpaid"] == mart["won"]).all()
    assert ads["merged_leads"].sum() > 0 and ads["no_mark_leads"].sum() > 0

    counted = warehouse.sql(
        """
        select date_trunc('month', date) as period_start, channel, platform, campaign_id,
            sum(leads) as crm_leads, sum(qualified_leads) as qualified
        from marts.mart_channel_conversion group by all having sum(leads) > 0
        """
    ).df()
    both = mart[mart["crm_leads"] > 0].merge(
        counted, on=["period_start", "channel", "platform", "campaign_id"], how="outer"
    )
    assert both["crm_leads_x"].tolist() == both["crm_leads_y"].tolist()
    assert both["qualified_x"].tolist() == both["qualified_y"].tolist()
    assert mart["won"].sum() == (leads["status"] == "won").sum()
    platform = warehouse.sql("select sum(platform_conversions) from marts.fct_ad_spend")
    assert mart["platform_conversions"].sum() == platform.fetchone()[0]
