"""mart_funnel_stage on the demo company: counted twice, added up, and searched for its truth."""

from datetime import date

import pandas as pd
import pytest

from kits.recounts.funnel import KEY, recount

STAR = ("fct_deal", "fct_lead", "fct_deal_stage_visit", "dim_stage", "dim_pipeline", "dim_customer")
AS_OF = date(2026, 6, 30)
COPIED = {"slice_name", "pipeline_name", "history", "stage_name", "stage_order", "as_of_date"}
COPIED |= {"status_color"}


@pytest.fixture(scope="module")
def mart(warehouse) -> pd.DataFrame:
    return warehouse.sql("from marts.mart_funnel_stage").df().set_index([*KEY, "mode"])


@pytest.fixture(scope="module")
def recounted(warehouse) -> pd.DataFrame:
    star = {name: warehouse.sql(f"from marts.{name}").df() for name in STAR}
    return recount(star, AS_OF)


def test_every_journey_counts_the_same(mart, recounted):
    """Row for row and column for column. Hours are summed to a millionth of an hour."""
    assert set(mart.columns) == set(recounted.columns) | COPIED
    summed = ["duration_mean_hours"]
    exact = recounted.columns.difference(summed)
    for columns, tolerance in ((exact, 1e-9), (summed, 1e-6)):
        pd.testing.assert_frame_equal(
            mart[columns].sort_index().astype(float),
            recounted[columns].sort_index().astype(float),
            check_index_type=False,
            rtol=0,
            atol=tolerance,
        )


def test_where_everybody_goes_on_there_is_no_bottleneck(mart):
    """The interval of all ends at 1 to the last bit, not below a baseline of 1."""
    everybody = mart.query("step_conversion == 1 and not is_low_n")
    assert len(everybody) > 100
    assert (everybody["step_ci_high"] == 1).all()
    assert not everybody["is_bottleneck"].any()


def test_the_demo_company_shows_every_case(mart):
    """Nothing above is true only because there is nothing to count."""
    all_time = mart.query("cohort_grain == 'all' and slice_type == 'all'")
    for outcome in ("advanced", "lost_here", "moved_back", "moved_pipeline", "open_here"):
        assert all_time[f"{outcome}_count"].sum() > 0, outcome
    for rate in ("skip_rate", "back_rate", "censored_share"):
        assert all_time[rate].max() > 0, rate
    reached = all_time["reached_count"].groupby("mode").sum()
    assert reached["strict"] < reached["observed"] < reached["implied"]
    assert set(mart.index.get_level_values("slice_value")) >= {"unattributed", "unknown"}


def test_first_stages_hold_all_deals_and_leads(warehouse):
    """In mode implied, all deals and leads of a pipeline have passed its first stage."""
    different = warehouse.sql(
        """
        with first_stages as (
            select * from marts.mart_funnel_stage
            where mode = 'implied' and cohort_grain = 'all' and slice_type = 'all'
            qualify row_number() over (partition by pipeline_id order by stage_order) = 1
        ),
        seen as (
            select visits.pipeline_id, count(distinct deal_id) as seen_count
            from marts.fct_deal_stage_visit as visits
            inner join marts.fct_deal using (deal_id)
            inner join marts.dim_stage as stages
                on visits.pipeline_id = stages.pipeline_id and visits.stage_id = stages.stage_id
            where not is_test and semantics != 'lost'
            group by visits.pipeline_id
            union all
            select 'leads', count(*) from marts.fct_lead
            where not is_test and not is_spam and lead_id not like 'order:%'
        )
        select pipeline_id from first_stages full join seen using (pipeline_id)
        where reached_count is distinct from seen_count
        """
    ).fetchall()
    assert different == []


@pytest.mark.parametrize("mode", ["implied", "strict"])
def test_a_step_is_the_next_stage_and_never_grows(warehouse, mode):
    broken = warehouse.execute(
        """
        select * from marts.mart_funnel_stage where mode = ?
        qualify step_numerator is distinct from lead(reached_count) over (
            partition by pipeline_id, cohort_grain, cohort_start, slice_type, slice_value
            order by stage_order
        ) or step_numerator > step_denominator
        """,
        [mode],
    ).fetchall()
    assert broken == []


def test_cohorts_and_slices_add_up(warehouse):
    """Days, weeks and months hold the deals of all time, each slice all of them."""
    different = warehouse.sql(
        """
        with summed as (
            select
                pipeline_id, stage_id, mode, cohort_grain, slice_type,
                sum(reached_count) as reached, sum(step_numerator) as stepped,
                sum(advanced_count) as advanced, sum(lost_here_count) as lost,
                sum(open_here_count) as standing
            from marts.mart_funnel_stage group by all
        )
        select pipeline_id, stage_id, mode from summed group by all
        having count(distinct (reached, stepped, advanced, lost, standing)) > 1
        """
    ).fetchall()
    assert different == []
