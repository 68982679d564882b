"""The company without plants: what is planted elsewhere is not there, the rest is chance."""

from math import sqrt

import duckdb
import pytest
from test_demo_truths import DEALS, FIRST_MESSAGES

from orchestration.sources.demo.company import generate
from orchestration.sources.demo.truths import NOTHING, PLANTED

# Each query counts cases and hits by group, within strata that may differ: at an equal mix.
_VISITS = """
    with visits as (
        select *, lead(to_stage_id) over own as next_id, lead(changed_at) over own as left_at,
            strftime(changed_at, '%Y-%m') as month
        from stage_events where from_stage_id <> to_stage_id
        window own as (partition by deal_id order by sequence)
    ),
    finished as (
        select visits.*, owner_id, epoch(left_at - visits.changed_at) as seconds
        from visits join deals using (deal_id) where next_id is not null
    )
"""
_WON = "count(*), count(*) filter (status = 'won') from counted"
COUNTS = {
    "wins of managers": f"""
        select owner_id, pipeline_id || is_new, {_WON} where status <> 'open' group by all""",
    "wins in one month of a department": f"""
        select closed_month = '2025-03', pipeline_id || is_new, {_WON} where status <> 'open'
        group by all""",
    "wins of one manager in one month": f"""
        select closed_month = '2025-10', pipeline_id, {_WON} where status <> 'open'
            and owner_id = 'u04' group by all""",
    "conversion of channels": """
        select coalesce(channel, utm_source, source_type), segment, count(*), count(converted_at)
        from leads where segment is not null and not is_test
            and coalesce(junk_reason, '') not in ('spam', 'duplicate') group by all""",
    "losses in stages": f"""{_VISITS}
        select month >= '2025-07', to_stage_id, count(*), count(*) filter (next_id like '%_lost')
        from finished where month < '2026-04' group by all""",
    "long stays in one stage": f"""{_VISITS}
        select owner_id, to_stage_id, count(*), count(*) filter (seconds > 12 * 86400)
        from finished where to_stage_id = 'b2c_offer' group by all""",
    "slow answers": """
        with answers as (
            select owner_id, segment, epoch(min(started_at) - any_value(created_at)) as waited
            from leads join calls using (lead_id)
            where direction = 'out' and source_type <> 'call' and segment is not null
            group by lead_id, owner_id, segment
        )
        select owner_id, segment, count(*), count(*) filter (waited > 7200)
        from answers where owner_id is not null group by all""",
    "losses by price": """
        select closed_month >= '2026-04', pipeline_id,
            count(*), count(*) filter (lost_reason = 'price')
        from counted where status = 'lost' group by all""",
    "first contact": f"""
        select coalesce(channel, 'none'), pipeline_id || is_new, {_WON}
        left join first_messages using (deal_id) where status <> 'open' group by all""",
    "late tasks": """
        select user_id, kind, count(*), count(*) filter (completed_at > due_at)
        from tasks where lead_id is null group by all""",
}
# What only the twin is asked.
NOT_PLANTED = {"late tasks"}


def company(seed: int, plants) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    generate(connection, seed, 1, plants)
    connection.execute(DEALS + ";" + FIRST_MESSAGES)
    return connection


@pytest.fixture(scope="module", params=[7, 20], ids="seed {}".format)
def twin(request):
    return company(request.param, NOTHING)


@pytest.fixture(scope="module")
def planted():
    return company(7, PLANTED)


def surprise(connection, counts: str) -> float:
    """By how many standard deviations the groups differ more than chance has it: chi-square over
    the groups of each stratum, of those with enough cases."""
    strata: dict[str, list[tuple[int, int]]] = {}
    for _, stratum, cases, hits in connection.execute(counts).fetchall():
        strata.setdefault(stratum, []).append((cases, hits))
    total, freedom = 0.0, 0
    for groups in strata.values():
        rate = sum(hits for _, hits in groups) / sum(cases for cases, _ in groups)
        spread = rate * (1 - rate)
        enough = [(cases, hits) for cases, hits in groups if cases * spread > 2]
        total += sum((hits - cases * rate) ** 2 / (cases * spread) for cases, hits in enough)
        freedom += max(len(enough) - 1, 0)
    assert freedom > 0
    return (total - freedom) / sqrt(2 * freedom)


@pytest.mark.parametrize("name", COUNTS)
def test_nothing_differs_by_more_than_chance(twin, name):
    assert surprise(twin, COUNTS[name]) < 3


@pytest.mark.parametrize("name", sorted(COUNTS.keys() - NOT_PLANTED))
def test_the_same_counts_find_what_is_planted(planted, name):
    assert surprise(planted, COUNTS[name]) > 4


def test_no_campaign_is_without_leads_and_no_client_orders_every_month(twin):
    idle, steady = twin.execute(
        """
        select
            (select count(distinct campaign_id) from ad_stats
                where campaign_id not in (select utm_campaign from leads
                    where utm_campaign is not null)),
            (select max(months) from (select count(distinct closed_month) as months from counted
                where status = 'won' and contact_id is not null group by contact_id))
        """
    ).fetchone()
    assert idle == 0
    assert steady < 10


def test_the_plans_of_the_departments_are_met(twin):
    """In most months with ease: they leave room for chance."""
    (missed,) = twin.execute(
        """
        with sold as (
            select closed_month, sum(amount * if(currency = 'USD', 85, 1)) as revenue
            from counted where status = 'won' group by all
        ),
        planned as (
            select period_start, sum(value) as value from plans
            where kpi = 'revenue' and scope_type = 'department' and scope_id <> 'unassigned'
            group by all
        )
        select count(*) from planned join sold on strftime(period_start, '%Y-%m') = closed_month
        where period_start >= date '2025-01-01'
            and revenue < value
        """
    ).fetchone()
    assert missed <= 1


def test_the_size_is_that_of_the_company_with_plants(twin, planted):
    for name in ("leads", "deals", "calls", "messages", "tasks"):
        sizes = [
            connection.execute(f"select count(*) from {name}").fetchone()[0]
            for connection in (twin, planted)
        ]
        assert sizes[0] == pytest.approx(sizes[1], rel=0.08), name
