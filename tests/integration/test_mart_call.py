"""The marts of calls on the demo company: counted twice, by the facts and by mart_manager_kpi."""

from collections import Counter
from zoneinfo import ZoneInfo

from kits.recounts.calls import OUTCOMES, ZONE, episodes


def test_python_finds_the_same_episodes(warehouse):
    rows = warehouse.sql(
        """
        with numbers as (
            select source, coalesce(session_id, call_id) as call_id,
                arg_min(regexp_replace(client_phone, '[^0-9]', '', 'g'),
                    (coalesce(leg_no, 999), started_at, call_id)) as number
            from landing.calls group by all
        )
        select call_id, started_at, direction, status, manager_id, customer_id, number
        from marts.fct_call left join numbers using (source, call_id) where not is_test
        """
    )
    calls = [dict(zip(rows.columns, row, strict=True)) for row in rows.fetchall()]
    published = Counter()
    for day, manager, *counts in warehouse.sql(
        f"""
        select date, manager_id, {", ".join(f"episodes_{outcome}" for outcome in OUTCOMES)}
        from marts.mart_call_daily where episodes > 0
        """
    ).fetchall():
        published += Counter(
            {(day, manager, name): count for name, count in zip(OUTCOMES, counts, strict=True)}
        )
    assert published == episodes(calls)
    assert {outcome for _, _, outcome in published} == set(OUTCOMES)


def test_days_add_up_to_the_managers_months(warehouse):
    days, months = warehouse.sql(
        """
        select sum(sessions), sum(talk_seconds), sum(meaningful_calls), sum(episodes),
            sum(episodes_called_back)
        from marts.mart_call_daily
        union all
        select sum(calls_in + calls_out), sum(talk_seconds), sum(meaningful_calls),
            sum(missed_episodes), sum(episodes_called_back)
        from marts.mart_manager_kpi where period_grain = 'month'
        """
    ).fetchall()
    assert days == months


def test_the_last_days_are_preliminary(warehouse):
    assert warehouse.sql(
        """
        select day_status, min(as_of_date - date) >= 3, max(as_of_date - date) <= 2
        from marts.mart_call_daily group by all order by all
        """
    ).fetchall() == [("final", True, False), ("preliminary", False, True)]


def test_answers_in_time_are_those_of_the_facts(warehouse):
    assert (
        warehouse.sql(
            """
            select count(*) from (
                select date, manager_id, round(sla_share, 9), round(answer_seconds_mean, 6)
                from marts.mart_call_daily where direction = 'in'
                except
                select cast(started_at + interval 3 hours as date), manager_id,
                    round(avg(case when status = 'missed' then 0
                        when status = 'answered' and wait is not null
                        then cast(wait <= 20 as int) end), 9),
                    round(avg(case when status = 'answered' then wait end), 6)
                from (select *, case when queue_seconds is null then ring_seconds
                    else queue_seconds + coalesce(ring_seconds, 0) end as wait from marts.fct_call)
                where direction = 'in' and not is_test group by all
            )
            """
        ).fetchone()[0]
        == 0
    )


def test_hours_are_those_of_the_clock(warehouse):
    """Each call converted by Python."""
    counted = Counter()
    for started_at, *who in warehouse.sql(
        "select started_at, manager_id, direction, status from marts.fct_call where not is_test"
    ).fetchall():
        local = started_at.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZONE)
        counted[local.date(), local.isoweekday(), local.hour, *who] += 1
    published = Counter(
        {
            (*hour, status): count
            for *hour, answered, missed, abandoned, others in warehouse.sql(
                """
                select date, day_of_week, hour_of_day, manager_id, direction, answered, missed,
                    abandoned_short, sessions - answered - missed - abandoned_short
                from marts.mart_call_hourly
                """
            ).fetchall()
            for status, count in {
                "answered": answered,
                "missed": missed,
                "abandoned_short": abandoned,
                "failed": others,
            }.items()
            if count
        }
    )
    assert len({hour for _, _, hour, *_ in counted}) > 20
    assert published == counted


def test_hours_add_up_to_the_days(warehouse):
    counts = "sum(sessions), sum(answered), sum(missed), sum(abandoned_short)"
    days, hours = (
        f"select date, manager_id, direction, {counts} from marts.mart_call_{grain} group by all"
        for grain in ("daily", "hourly")
    )
    assert warehouse.sql(f"select count(*) from ({hours})").fetchone()[0] > 1000
    for one, other in ((days, hours), (hours, days)):
        assert warehouse.sql(f"({one}) except ({other})").fetchall() == []
