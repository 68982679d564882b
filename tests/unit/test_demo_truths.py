"""What is planted in the demo company is there, counted plainly over the raw tables."""

from math import sqrt

import duckdb
import pytest

from orchestration.sources.demo.company import generate, planted_truths

# Deals that count, with the client's first win and the local month of closing.
DEALS = """
create view counted as
with alive as (
    select *, strftime(closed_at + interval 3 hour, '%Y-%m') as closed_month from deals
    where not is_deleted and not is_test
    and deal_id not in (select loser_id from merges where entity = 'deals')
),
first_wins as (
    select contact_id, min(closed_at) as won_at from alive where status = 'won' group by contact_id
)
select alive.*, department, coalesce(won_at >= created_at, true) as is_new
from alive left join first_wins using (contact_id) join users on owner_id = user_id
"""


@pytest.fixture(scope="module", params=[7, 20], ids="seed {}".format)
def demo(request):
    connection = duckdb.connect()
    generate(connection, request.param, 1)
    connection.execute(DEALS)
    return connection


@pytest.fixture(scope="module")
def truths(demo):
    return planted_truths(demo)


def rate(connection, where: str) -> tuple[float, int]:
    """Share won of the deals closed, and how many those are."""
    return connection.execute(
        f"""
        select avg((status = 'won')::int), count(*) from counted
        where status <> 'open' and {where}
        """
    ).fetchone()


def standard_errors(one: tuple[float, int], other: tuple[float, int]) -> float:
    """By how many standard errors the first share is above the second."""
    (p, n), (q, m) = one, other
    return (p - q) / sqrt(p * (1 - p) / n + q * (1 - q) / m + 1e-9)


def test_the_manager_who_looks_better_is_worse_with_new_and_with_returning_clients(demo, truths):
    pair = truths["mix_pair"]
    albert, egor = pair["better_overall"], pair["better_in_both_client_types"]
    overall = [rate(demo, f"owner_id = '{user}'") for user in (albert, egor)]
    assert standard_errors(*overall) > 3
    for is_new in (True, False):
        rates = [
            rate(demo, f"owner_id = '{user}' and is_new = {is_new}") for user in (egor, albert)
        ]
        assert min(closed for _, closed in rates) >= 25
        assert standard_errors(*rates) > 3, is_new


def test_one_stage_loses_more_from_its_month_on(demo, truths):
    leak = truths["leaky_stage"]
    shares = demo.execute(
        """
        with visits as (
            select
                to_stage_id as stage_id,
                strftime(changed_at + interval 3 hour, '%Y-%m') >= $from_month as is_late,
                lead(to_stage_id) over (partition by deal_id order by sequence) as next_stage
            from stage_events where from_stage_id <> to_stage_id
        )
        select avg((next_stage like '%_lost')::int), count(*) from visits
        where stage_id = $stage_id and next_stage is not null group by is_late order by is_late desc
        """,
        {name: leak[name] for name in ("from_month", "stage_id")},
    ).fetchall()
    assert standard_errors(*shares) > 8
    place = demo.execute(
        "select stage_order, pipeline_id from stages where stage_id = ?", [leak["stage_id"]]
    ).fetchone()
    assert place == (3, leak["pipeline_id"])


def test_one_channel_costs_and_brings_no_lead(demo, truths):
    campaigns = truths["dead_channel"]["campaign_ids"]
    spend, months = demo.execute(
        "select sum(spend), count(distinct date_trunc('month', date)) from ad_stats"
        " where list_contains(?, campaign_id)",
        [campaigns],
    ).fetchone()
    assert spend > 5_000 and months == 30
    leads, touches = (
        demo.execute(
            f"select count(*) from {table} where list_contains(?, utm_campaign)"
            " or channel = 'display' or utm_medium = 'display'",
            [campaigns],
        ).fetchone()[0]
        for table in ("leads", "touchpoints")
    )
    assert leads == touches == 0


def test_one_manager_answers_many_times_slower(demo, truths):
    medians = dict(
        demo.execute(
            """
            with answers as (
                select leads.owner_id, min(started_at) - any_value(leads.created_at) as waited
                from leads join calls using (lead_id)
                where direction = 'out' and source_type <> 'call'
                group by leads.lead_id, leads.owner_id
            )
            select owner_id, epoch(median(waited)) from answers group by owner_id
            """
        ).fetchall()
    )
    slow = medians.pop(truths["slow_manager"]["user_id"])
    assert slow > 10 * max(medians.values())


def test_one_client_orders_every_month_and_more_in_january(demo, truths):
    client = truths["january_client"]
    orders = demo.execute(
        """
        select month(created_at), avg(amount), count(*), min(status), max(status),
            bool_and(date_trunc('month', created_at) = date_trunc('month', closed_at))
        from counted where contact_id = ? group by 1 order by 1
        """,
        [client["contact_id"]],
    ).fetchall()
    assert [count for *_, count, _, _, _ in orders] == [3] * 6 + [2] * 6
    assert all(order[3:] == ("won", "won", True) for order in orders)
    january, *others = (float(amount) for _, amount, *_ in orders)
    assert january == pytest.approx(client["times"] * sum(others) / 11, rel=0.03)
    assert january > 1.2 * max(others)


def test_one_month_the_whole_department_wins_less(demo, truths):
    dip = truths["department_dip"]
    department, inside = f"department = '{dip['department']}'", f"closed_month = '{dip['month']}'"
    usual = rate(demo, f"{department} and not {inside}")
    assert standard_errors(usual, rate(demo, f"{department} and {inside}")) > 5
    managers = demo.execute(
        f"""
        select avg((status = 'won')::int) filter ({inside}) < avg((status = 'won')::int)
        from counted where {department} and status <> 'open'
        group by owner_id having count(*) filter ({inside}) > 0
        """
    ).fetchall()
    fell = [fallen for (fallen,) in managers]
    assert len(fell) >= 10 and sum(fell) / len(fell) >= 0.8


def test_another_month_one_manager_alone_wins_less(demo, truths):
    dip = truths["manager_dip"]
    own, inside = f"owner_id = '{dip['user_id']}'", f"closed_month = '{dip['month']}'"
    assert dip["month"] != truths["department_dip"]["month"]
    month, closed = rate(demo, f"{own} and {inside}")
    assert closed >= 15
    assert standard_errors(rate(demo, f"{own} and not {inside}"), (month, closed)) > 5
    peers = f"department = '{truths['department_dip']['department']}' and not {own}"
    usual, peer_month = (rate(demo, f"{peers} and {when}") for when in (f"not {inside}", inside))
    assert abs(standard_errors(usual, peer_month)) < 2.5
