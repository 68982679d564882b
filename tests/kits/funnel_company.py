"""Any deals and leads on their way through two pipelines, and the models over them in memory."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal

import duckdb
import pyarrow as pa
from hypothesis import strategies as st

AS_OF = date(2026, 3, 31)
# The end of that day in the business zone, as everything else in UTC.
START, END = datetime(2026, 1, 28), datetime(2026, 3, 31, 21)

text, moment, flag = pa.string(), pa.timestamp("us"), pa.bool_()
FACTS = {
    "marts.fct_deal": [
        *(("deal_id", text), ("lead_id", text), ("customer_id", text), ("created_at", moment)),
        *(("owner_id_at_close", text), ("owner_id_current", text), ("is_new_customer", flag)),
        *(
            ("status", text),
            ("is_test", flag),
            ("has_history", flag),
            ("amount_base", pa.decimal128(18, 2)),
        ),
    ],
    "marts.fct_deal_stage_visit": [
        *(("deal_id", text), ("visit_no", pa.int64()), ("pipeline_id", text), ("stage_id", text)),
        *(("entered_at", moment), ("exited_at", moment), ("duration_hours", pa.float64())),
        *(("is_censored", flag), ("is_passthrough", flag), ("is_assumed", flag)),
    ],
    "marts.fct_lead_stage_visit": [
        *(("lead_id", text), ("visit_no", pa.int64()), ("pipeline_id", text), ("stage_id", text)),
        *(("entered_at", moment), ("exited_at", moment), ("duration_hours", pa.float64())),
        *(("is_censored", flag), ("is_passthrough", flag)),
    ],
    "marts.fct_lead": [
        *(("lead_id", text), ("customer_id", text), ("owner_id", text), ("channel", text)),
        *(("segment", text), ("created_at", moment), ("qualified_at", moment)),
        *(("converted_at", moment), ("won_at", moment), ("status", text), ("lost_at", moment)),
        *(("is_test", flag), ("is_spam", flag), ("is_made_of_order", flag)),
    ],
}
DIMENSIONS = """
    create schema marts; create schema intermediate;
    create table marts.dim_pipeline as
    select * from (values
        ('a', 'A', 'deal', 'partial'), ('b', 'B', 'deal', 'none'), ('leads', 'Leads', 'lead', null)
    ) as t (pipeline_id, name, kind, history);
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
    create table marts.dim_date as
    select unnest(generate_series(date '2026-01-28', date '2026-12-31', interval 1 day))::date
        as date;
    create table marts.dim_manager as
    select * from (values ('anna', 'Anna', 'North'), ('boris', 'Boris', null))
        as t (manager_id, name, department);
    create table marts.dim_customer as
    select * from (values
        ('c1', 'b2b', timestamp '2026-02-10'), ('c2', null, null)
    ) as t (customer_id, segment, first_won_at);
"""
# All tables that the models over a company read.
GIVEN = (*FACTS, "dim_pipeline", "dim_stage", "dim_date", "dim_customer", "dim_manager")
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
        "has_history": st.sampled_from([True, True, False]),
        "amount_base": st.none()
        | st.integers(0, 10**9).map(lambda kopecks: Decimal(kopecks) / 100),
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
        "status": st.sampled_from(["open", "won", "lost"]),
        "lost_at": st.none() | times,
        "is_test": rarely,
        "is_spam": rarely,
        "is_made_of_order": rarely,
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
            "duration_hours": hours if deal["has_history"] and (exited_at or is_open) else None,
            "is_censored": exited_at is None and is_open,
            "is_assumed": number == 1 and not deal["has_history"] and exited_at is not None,
            "is_passthrough": deal["has_history"] and exited_at is not None and hours * 3600 < 10,
        }
    return visits


@contextmanager
def company(compiled: list[tuple[str, str]]) -> Iterator[Callable]:
    """A function of deals and leads: a warehouse in memory with `compiled` built over them."""
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(DIMENSIONS)

        def build(deals: list[dict], leads: list[dict] = ()) -> duckdb.DuckDBPyConnection:
            deals = [deal | {"deal_id": f"d{number}"} for number, deal in enumerate(deals)]
            leads = [
                lead
                | {"lead_id": f"order:l{number}" if lead["is_made_of_order"] else f"l{number}"}
                | ({} if lead["status"] == "lost" else {"lost_at": None})
                for number, lead in enumerate(leads)
            ]
            visits = [visit for deal in deals for visit in visits_of(deal)]
            facts = {
                "marts.fct_deal": deals,
                "marts.fct_deal_stage_visit": visits,
                "marts.fct_lead_stage_visit": [],
                "marts.fct_lead": leads,
            }
            for name, schema in FACTS.items():
                rows = pa.Table.from_pylist(list(facts[name]), schema=pa.schema(schema))
                connection.register("rows", rows)
                connection.execute(f"create or replace table {name} as from rows")
            for name, sql in compiled:
                connection.execute(f"create or replace table {name} as {sql}")
            return connection

        yield build
