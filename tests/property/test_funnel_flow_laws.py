"""Laws of the marts of periods, transitions and movement, for any visits of any deals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kits.funnel_company import AS_OF, GIVEN, company, deals

MARTS = ("mart_funnel_period", "mart_funnel_transition", "mart_pipeline_movement")
FLOWS = ("created", "moved_in", "moved_out", "won", "lost", "reopened")


@pytest.fixture(scope="module")
def build(compile_models):
    with company(compile_models(*MARTS, given=GIVEN, as_of=AS_OF.isoformat())) as build:
        yield build


def days_make_months(mart: str, key: str, sums: tuple[str, ...]) -> str:
    """Sums of a month that its days do not add up to."""
    totals = ", ".join(f"sum({column}) as {column}" for column in sums)
    return f"""
        with summed as (
            select period_grain, {key}, date_trunc('month', period_start) as month, {totals}
            from marts.{mart} where period_grain != 'week' group by all
        )
        select {key}, month from summed group by all
        having count(*) != 2 or count(distinct ({", ".join(sums)}, 0)) != 1
    """


LAWS = {
    "movement balances to the kopeck": """
        from marts.mart_pipeline_movement where balance_check != 0
    """,
    "no more leaves a pipeline than was in it": """
        from marts.mart_pipeline_movement where least(opening, closing) < 0
    """,
    "a period opens where the one before it closed": """
        select * from marts.mart_pipeline_movement
        qualify opening != lag(closing, 1, 0::decimal(18, 2)) over (
            partition by period_grain, pipeline_id, manager_id order by period_start)
    """,
    "what leaves one pipeline for another arrives there that day": """
        select period_grain, period_start, manager_id from marts.mart_pipeline_movement
        group by all having sum(moved_in) != sum(moved_out)
    """,
    "each deal is created once, and what closes at last is what is open by status": """
        with deals as (
            select sum(amount_base) as created,
                sum(amount_base) filter (where status = 'open') as open
            from marts.fct_deal where not is_test
        ), movement as (
            select period_grain, sum(created) as created,
                sum(closing) filter (where period_start = last) as closing
            from (select *, max(period_start) over (partition by period_grain) as last
                from marts.mart_pipeline_movement)
            group by period_grain
        )
        from movement, deals where movement.created != coalesce(deals.created, 0)
            or closing != coalesce(deals.open, 0)
    """,
    "days of movement make months": days_make_months(
        "mart_pipeline_movement", "pipeline_id, manager_id", FLOWS
    ),
    "days of entries make months": days_make_months(
        "mart_funnel_period", "pipeline_id, stage_id", ("entries_count", "exits_count")
    ),
    "days of transitions make months": days_make_months(
        "mart_funnel_transition", "pipeline_id, from_stage_id, to_stage_id", ("moves_count",)
    ),
    "who stands in a stage came and has not gone, in every grain the same at the end": """
        with standing as (
            select pipeline_id, stage_id, count(*) as deals
            from marts.fct_deal_stage_visit inner join marts.fct_deal using (deal_id)
            where not is_test and exited_at is null and stage_id in ('one', 'two', 'three')
            group by all
        ), ends as (
            select pipeline_id, stage_id, period_grain, open_at_end_count,
            from marts.mart_funnel_period
            qualify row_number() over (
                partition by pipeline_id, stage_id, period_grain order by period_start desc) = 1
        )
        from ends left join standing using (pipeline_id, stage_id)
        where open_at_end_count != coalesce(deals, 0)
    """,
    "a stage is entered from another, from another pipeline, or at the start": """
        with entered as (
            select pipeline_id, stage_id, sum(entries_count) as entries
            from marts.mart_funnel_period where period_grain = 'week' group by all
        ), moved as (
            -- Of deals without history no transition is known.
            select pipeline_id, stage_id, sum(moves) as moves from (
                select pipeline_id, to_stage_id as stage_id, moves_count as moves
                from marts.mart_funnel_transition where period_grain = 'week'
                union all
                select pipeline_id, stage_id, 1 from marts.fct_deal_stage_visit
                    inner join marts.fct_deal using (deal_id)
                where not has_history and not is_test
                qualify pipeline_id = lag(pipeline_id) over (partition by deal_id order by visit_no)
            ) group by all
        ), started as (
            select pipeline_id, stage_id, count(*) as starts from (
                select *, lag(pipeline_id) over (partition by deal_id order by visit_no) as before
                from marts.fct_deal_stage_visit inner join marts.fct_deal using (deal_id)
                where not is_test
            ) where before is distinct from pipeline_id group by all
        )
        from entered left join moved using (pipeline_id, stage_id)
            left join started using (pipeline_id, stage_id)
        where entries != coalesce(moves, 0) + coalesce(starts, 0)
    """,
    "no transition has more deals than moves": """
        from marts.mart_funnel_transition where deals_count not between 1 and moves_count
            or from_stage_id = to_stage_id
    """,
}


@given(deals=st.lists(deals, max_size=10))
def test_whatever_moves_is_accounted_for(build, deals):
    connection = build(deals)
    for law, broken in LAWS.items():
        assert connection.execute(broken).fetchall() == [], law
