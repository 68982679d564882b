"""Laws of mart_funnel_stage that hold for any visits, in any order, of any deals and leads."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kits.funnel_company import AS_OF, FACTS, GIVEN, company, deals, leads
from kits.profiles import costly
from kits.recounts.funnel import KEY, recount


@pytest.fixture(scope="module")
def build(compile_models):
    with company(
        compile_models("mart_funnel_stage", given=GIVEN, as_of=AS_OF.isoformat())
    ) as build:
        yield build


LAWS = {
    "an interval lies around its conversion, and is there where that is": """
        from marts.mart_funnel_stage
        where step_conversion not between step_ci_low - 1e-12 and step_ci_high + 1e-12
            or step_ci_low < 0 or step_ci_high > 1
            or (step_conversion is null) != (step_ci_low is null)
    """,
    "every deal ends once in a stage": """
        from marts.mart_funnel_stage where reached_count != advanced_count
            + coalesce(lost_here_count, 0) + lost_unknown_count + moved_back_count
            + moved_pipeline_count + open_here_count
    """,
    "implied and strict never grow, and their step is the next stage's count": """
        select * from marts.mart_funnel_stage where mode != 'observed'
        qualify step_numerator is distinct from lead(reached_count) over (
            partition by pipeline_id, cohort_grain, cohort_start, slice_type, slice_value, mode
            order by stage_order, stage_id
        ) or step_numerator > reached_count
    """,
    "strict is part of observed or out of use, observed is part of implied": """
        select pipeline_id, stage_id, cohort_grain, cohort_start, slice_type, slice_value
        from marts.mart_funnel_stage group by all
        having max(reached_count) filter (where mode = 'observed')
            > max(reached_count) filter (where mode = 'implied')
            or max(reached_count) filter (where mode = 'strict')
            > max(reached_count) filter (where mode = 'implied')
    """,
    "cohorts of any grain and values of any slice add up to the whole": """
        with totals as (
            select
                pipeline_id, stage_id, mode, cohort_grain, slice_type,
                sum(reached_count) as reached, sum(lost_here_count) as lost,
                sum(step_numerator) as stepped
            from marts.mart_funnel_stage group by all
        )
        select pipeline_id, stage_id, mode from totals group by all
        having count(distinct (reached, lost, stepped)) > 1
    """,
    "rates lie between 0 and 1 and stand on a denominator": """
        from marts.mart_funnel_stage where step_conversion not between 0 and 1
            or skip_rate not between 0 and 1 or back_rate not between 0 and 1
            or censored_share not between 0 and 1
            or (reached_count = 0 and (step_conversion is not null or back_rate is not null))
    """,
}


@given(deals=st.lists(deals, max_size=10), leads=st.lists(leads, max_size=6))
def test_any_visits_are_counted_once(build, deals, leads):
    connection = build(deals, leads)
    for law, broken in LAWS.items():
        assert connection.execute(broken).fetchall() == [], law


# A recount costs more than the mart itself: few examples, of many deals each.
@costly(4)
@given(
    deals=st.lists(deals, min_size=20, max_size=40),
    leads=st.lists(leads, min_size=10, max_size=20),
)
def test_any_mart_is_what_its_journeys_say(build, deals, leads):
    connection = build(deals, leads)
    star = {
        name.split(".")[1]: connection.table(name).df()
        for name in (*FACTS, "marts.dim_stage", "marts.dim_pipeline", "marts.dim_customer")
    }
    mart = connection.table("marts.mart_funnel_stage").df().set_index([*KEY, "mode"])
    expected = recount(star, AS_OF)
    pd.testing.assert_frame_equal(
        mart[expected.columns].sort_index().astype(float),
        expected.sort_index().astype(float),
        check_index_type=False,
        atol=1e-6,
    )
