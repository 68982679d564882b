"""The day of the business beside each time of the facts, so that a BI tool groups by it."""

from zoneinfo import ZoneInfo

UNDATED = {"fct_plan.set_at": "a plan is read by its period; this tells its versions apart"}
ZONE = ZoneInfo("Europe/Moscow")

# By fact: its rows by day, and a mart that counts the same rows.
COUNTED = {
    "calls": (
        "select started_on, count(*) from fct_call where not is_test group by 1",
        "select date, sum(sessions) from mart_call_daily group by 1",
    ),
    "leads": (
        "select created_on, count(*) from fct_lead where not is_test and not is_spam group by 1",
        "select date, sum(leads) from mart_channel_conversion group by 1 having sum(leads) > 0",
    ),
    "messages": (
        "select sent_on, count(*) from fct_message where not is_test and not is_automatic"
        " group by 1",
        "select date, sum(in_count + out_count) from mart_correspondence_daily group by 1"
        " having sum(in_count + out_count) > 0",
    ),
    "won deals": (
        "select won_on, count(*) from fct_deal where not is_test and won_on is not null group by 1",
        "select date, sum(won)::bigint from mart_channel_conversion group by 1 having sum(won) > 0",
    ),
    "entries of a stage": (
        "select entered_on, count(*) from fct_deal_stage_visit inner join fct_deal using (deal_id)"
        " where not is_test group by 1",
        "select period_start, sum(entries_count) from mart_funnel_period where period_grain = 'day'"
        " group by 1 having sum(entries_count) > 0",
    ),
}


def test_every_time_of_a_fact_has_its_day(parsed):
    facts = {
        node.name: {name: column.data_type for name, column in node.columns.items()}
        for node in parsed.nodes.values()
        if node.resource_type.value == "model" and node.name.startswith("fct_")
    }
    times = {
        (fact, name): facts[fact].get(f"{name.removesuffix('_at')}_on")
        for fact, columns in facts.items()
        for name, kind in columns.items()
        if kind == "timestamp"
    }
    assert len(times) > 30
    undated = {f"{fact}.{name}" for (fact, name), kind in times.items() if kind != "date"}
    assert undated == UNDATED.keys()


def test_a_day_is_that_of_the_business_zone(published_marts):
    """Converted by Python, time by time."""
    compared = 0
    for fact, name in published_marts.execute(
        "select table_name, column_name from duckdb_columns() where schema_name = 'main'"
        " and table_name like 'fct\\_%' escape '\\' and data_type = 'TIMESTAMP'"
    ).fetchall():
        if f"{fact}.{name}" in UNDATED:
            continue
        pairs = published_marts.execute(
            f"select distinct {name}, {name.removesuffix('_at')}_on from {fact}"
        ).fetchall()
        for moment, day in pairs:
            local = moment and moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZONE).date()
            assert day == local, (fact, name, moment)
        compared += len(pairs)
    assert compared > 100_000


def test_facts_by_day_are_what_the_marts_count(published_marts):
    for what, (facts, mart) in COUNTED.items():
        counted = dict(published_marts.execute(facts).fetchall())
        assert len(counted) > 300, what
        assert counted == dict(published_marts.execute(mart).fetchall()), what
