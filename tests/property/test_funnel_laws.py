"""Laws of mart_funnel_stage that hold for any visits, in any order, of any deals and leads."""

from datetime import date, datetime, timedelta

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from integration.funnel_recount import KEY, recount

MODELS = (
    "int_funnel__stages",
    "int_funnel__subjects",
    "int_funnel__lead_visits",
    "int_funnel__visits",
    "int_funnel__subject_steps",
    "int_funnel__subject_modes",
    "int_funnel__tallies",
    "int_funnel__counts",
    "int_funnel__durations",
    "int_funnel__survival",
    "int_funnel__steps",
    "mart_funnel_stage",
)
AS_OF = date(2026, 3, 31)
# The end of that day in the business zone, as everything else in UTC.
START, END = datetime(2026, 1, 28), datetime(2026, 3, 31, 21)

text, moment, flag = pa.string(), pa.timestamp("us"), pa.bool_()
FACTS = {
    "marts.fct_deal": [
        *(("deal_id", text), ("lead_id", text), ("customer_id", text), ("created_at", moment)),
        *(("owner_id_at_close", text), ("owner_id_current", text), ("is_new_customer", flag)),
        *(("status", text), ("is_test", flag)),
    ],
    "marts.fct_deal_stage_visit": [
        *(("deal_id", text), ("visit_no", pa.int64()), ("pipeline_id", text), ("stage_id", text)),
        *(("entered_at", moment), ("exited_at", moment), ("duration_hours", pa.float64())),
        *(("is_censored", flag), ("is_passthrough", flag)),
    ],
    "marts.fct_lead": [
        *(("lead_id", text), ("customer_id", text), ("owner_id", text), ("channel", text)),
        *(("segment", text), ("created_at", moment), ("qualified_at", moment)),
        *(("converted_at", moment), ("won_at", moment), ("is_test", flag), ("is_spam", flag)),
    ],
    "intermediate.int_leads__conformed": [("lead_id", text), ("junk_reason", text)],
}
DIMENSIONS = """
    create schema marts; create schema intermediate;
    create table marts.dim_pipeline as
    select * from (values ('a', 'A'), ('b', 'B'), ('leads', 'Leads')) as t (pipeline_id, name);
    create table marts.dim_stage as
    select *, stage_id as stage_name from (values
        ('a', 'one', 1, 'open', false), ('a', 'two', 2, 'open', true),
        ('a', 'three', 3, 'open', false), ('a', 'won', 4, 'won', false),
        ('a', 'paid', 5, 'post_won', false), ('a', 'lost', 6, 'lost', false),
        ('b', 'one', 1, 'open', false), ('b', 'gone', 2, 'open', true),
        ('b', 'won', 2, 'won', false), ('b', 'lost', 9, 'lost', false),
        ('leads', 'new', 1, 'open', false), ('leads', 'qualified', 2, 'open', false),
        ('leads', 'converted', 3, 'open', false), ('leads', 'customer', 4, 'won', false)
    ) as t (pipeline_id, stage_id, stage_order, semantics, is_deleted);
    create table marts.dim_customer as
    select * from (values
        ('c1', 'b2b', timestamp '2026-02-10'), ('c2', null, null)
    ) as t (customer_id, segment, first_won_at);
"""
# Staying is likelier than leaving, so that paths climb, skip, fall back and change pipelines.
PLACES = [("a", stage) for stage in ("one", "two", "three", "won", "paid", "lost")] + [
    ("b", "one"),
    ("b", "won"),
    ("b", "lost"),
]

customers = st.sampled_from(["c1", "c2"])
people = st.sampled_from([None, "anna", "boris"])
times = st.integers(0, 30 * 86_400).map(lambda seconds: START + timedelta(seconds=seconds))
waits = st.sampled_from([0, 5, 3600, 90_000, 400_000]).map(lambda wait: timedelta(seconds=wait))
rarely = st.sampled_from([False] * 7 + [True])

deals = st.fixed_dictionaries(
    {
        "lead_id": st.sampled_from([None, "l0", "l1", "l99"]),
        "customer_id": customers,
        "created_at": times,
        "owner_id_at_close": people,
        "owner_id_current": people,
        "is_new_customer": st.booleans(),
        "status": st.sampled_from(["open", "won", "lost"]),
        "is_test": rarely,
        "path": st.lists(st.tuples(st.sampled_from(PLACES), waits), min_size=1, max_size=7),
    }
)
leads = st.fixed_dictionaries(
    {
        "customer_id": customers,
        "owner_id": people,
        "channel": st.sampled_from([None, "ads", "search"]),
        "segment": st.sampled_from([None, "b2b", "b2c"]),
        "created_at": times,
        "qualified_at": st.none() | times,
        "converted_at": st.none() | times,
        "won_at": st.none() | times,
        "junk_reason": st.sampled_from([None, None, "no answer"]),
        "is_test": rarely,
        "is_spam": rarely,
    }
)


def visits_of(deal: dict) -> list[dict]:
    """The path as visits; staying in a stage is no visit."""
    visits, now, before = [], deal["created_at"], None
    for place, wait in deal["path"]:
        now += wait
        if place != before:
            visits.append({"entered_at": now, "pipeline_id": place[0], "stage_id": place[1]})
        before = place
    leaving = [visit["entered_at"] for visit in visits[1:]] + [None]
    for number, (visit, exited_at) in enumerate(zip(visits, leaving, strict=True), 1):
        hours = ((exited_at or END) - visit["entered_at"]).total_seconds() / 3600
        is_open = visit["stage_id"] in ("one", "two", "three")
        visit |= {
            "deal_id": deal["deal_id"],
            "visit_no": number,
            "exited_at": exited_at,
            "duration_hours": hours if exited_at or is_open else None,
            "is_censored": exited_at is None and is_open,
            "is_passthrough": exited_at is not None and hours * 3600 < 10,
        }
    return visits


@pytest.fixture(scope="module")
def build(compile_models):
    """A function: a warehouse in memory with the mart of the facts it is given."""
    compiled = compile_models(*MODELS, as_of=AS_OF.isoformat())
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(DIMENSIONS)

        def build(**facts: list[dict]) -> duckdb.DuckDBPyConnection:
            for name, schema in FACTS.items():
                rows = pa.Table.from_pylist(facts[name.split(".")[1]], schema=pa.schema(schema))
                connection.register("rows", rows)
                connection.execute(f"create or replace table {name} as from rows")
            for name, sql in compiled:
                connection.execute(f"create or replace table {name} as {sql}")
            return connection

        yield build


def marts_of(build, deals: list[dict], leads: list[dict]) -> duckdb.DuckDBPyConnection:
    deals = [deal | {"deal_id": f"d{number}"} for number, deal in enumerate(deals)]
    leads = [lead | {"lead_id": f"l{number}"} for number, lead in enumerate(leads)]
    return build(
        fct_deal=deals,
        fct_deal_stage_visit=[visit for deal in deals for visit in visits_of(deal)],
        fct_lead=leads,
        int_leads__conformed=leads,
    )


LAWS = {
    "an interval lies around its conversion, and is there where that is": """
        from marts.mart_funnel_stage
        where step_conversion not between step_ci_low - 1e-12 and step_ci_high + 1e-12
            or step_ci_low < 0 or step_ci_high > 1
            or (step_conversion is null) != (step_ci_low is null)
    """,
    "every deal ends once in a stage": """
        from marts.mart_funnel_stage where reached_count != advanced_count + lost_here_count
            + moved_back_count + moved_pipeline_count + open_here_count
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

SLOW = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}


@settings(max_examples=30, **SLOW)
@given(deals=st.lists(deals, max_size=10), leads=st.lists(leads, max_size=6))
def test_any_visits_are_counted_once(build, deals, leads):
    connection = marts_of(build, deals, leads)
    for law, broken in LAWS.items():
        assert connection.execute(broken).fetchall() == [], law


# A recount costs more than the mart itself: few examples, of many deals each.
@settings(max_examples=4, **SLOW, phases=[Phase.generate])
@given(
    deals=st.lists(deals, min_size=20, max_size=40),
    leads=st.lists(leads, min_size=10, max_size=20),
)
def test_any_mart_is_what_its_journeys_say(build, deals, leads):
    connection = marts_of(build, deals, leads)
    star = {
        name.split(".")[1]: connection.table(name).df()
        for name in (*FACTS, "marts.dim_stage", "marts.dim_customer")
    }
    junk = star.pop("int_leads__conformed").query("junk_reason.notna()")
    mart = connection.table("marts.mart_funnel_stage").df().set_index([*KEY, "mode"])
    expected = recount(star | {"junk": junk}, AS_OF)
    pd.testing.assert_frame_equal(
        mart[expected.columns].sort_index().astype(float),
        expected.sort_index().astype(float),
        check_index_type=False,
        atol=1e-6,
    )
