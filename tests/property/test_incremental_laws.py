"""What is built night by night equals what is built at once, row for row, whatever happens between
the nights: calls that come late, are corrected or deleted, records that are merged or parted again,
extensions that change hands, a day that is run again, another setting, rows changed by hand."""

from collections import Counter
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from dbt.contracts.graph.manifest import Manifest
from hypothesis import given
from hypothesis import strategies as st

from data_quality.marts.facts import fact_measures
from kits.increments import strategy_sql
from kits.profiles import costly
from orchestration.core.entities import ENTITIES
from orchestration.recipe import made_by, recipe_of, record_recipe

DELIVERED = ("calls", "call_links", "users", "merges")
# Merges ask whether a record was delivered; here none was, so that every merge counts.
ABSENT = ("leads", "deals")
INCREMENTAL = {
    "int_calls__sessions": ("intermediate", "int_calls__sessions"),
    "fct_call": ("marts", "fct_call"),
}
BY_HAND = "update intermediate.int_calls__sessions set talk_seconds = talk_seconds + 1000"

# What fct_call reads beside the sessions: whose a lead, a deal or a number is changes by the night.
OTHERS = {
    "int_customers__identified": ("record_type", "record_id", "customer_id"),
    "int_customers__reached": ("kind", "raw_value", "customer_id"),
    "int_calls__channels": ("source", "call_id", "channel"),
    "int_records__marked": ("record_type", "record_id"),
    "int_customers__marked": ("customer_id",),
}

# Stand-ins in the compiled models for what differs from night to night.
DAY, DAY_END, SECONDS = "2001-02-03", "2001-02-04 00:00:00", 424242


class Models:
    """The compiled models, each with its name."""

    def __init__(self, compile_models) -> None:
        self.manifest: Manifest = compile_models.manifest
        variables = {"as_of": DAY, "time_zone": "UTC", "abandoned_short_seconds": SECONDS}
        models = compile_models(*INCREMENTAL, given=OTHERS, **variables)
        grows = [name.split(".")[-1] in INCREMENTAL for name, _ in models]
        self.views = [model for model, one in zip(models, grows, strict=True) if not one]
        self.full = [model for model, one in zip(models, grows, strict=True) if one]
        self.incremental = compile_models(*INCREMENTAL, incremental=True, **variables)
        # Each of a thousand macros goes into it: once is enough.
        self.recipe = cache(
            lambda seconds: recipe_of(self.manifest, {"abandoned_short_seconds": seconds})
        )


def maybe(*values: Any) -> st.SearchStrategy:
    return st.sampled_from([None, *values])


def patches(keys: st.SearchStrategy, rows: st.SearchStrategy) -> st.SearchStrategy:
    """Rows that a night brings by their keys, None for one that is gone."""
    return st.dictionaries(keys, st.one_of(rows, rows, st.none()), max_size=6)


moments = st.builds(
    lambda day, second: datetime(2026, 1, day, 23, 59, 50) + timedelta(seconds=second),
    st.integers(1, 4),
    st.sampled_from([0, 9, 10, 40]),
)
calls = st.fixed_dictionaries(
    {
        "session_id": maybe("s1", "s2", "s3"),
        "leg_no": maybe(1, 2),
        "started_at": moments,
        "direction": st.sampled_from(["in", "out", "internal"]),
        "result": maybe("answered", "missed", "abandoned", "failed"),
        "answered_at": maybe(datetime(2026, 1, 1, 12)),
        "ended_at": maybe(datetime(2026, 1, 1, 12, 0, 2, 500_000), datetime(2026, 1, 1, 12, 1)),
        "user_id": maybe("u1", "u2", "u3"),
        "user_email": maybe("A@example.org "),
        "phone_ext": maybe("11", "12"),
        "client_phone": maybe("501", "502"),
        "queue_seconds": maybe(0, 3),
        "ring_seconds": maybe(4, 20),
        "talk_seconds": maybe(0, 30),
        "lead_id": maybe("r1", "r2", "r3"),
        "deal_id": maybe("r1", "r2", "r3"),
    }
)
call_links = st.fixed_dictionaries({"lead_id": maybe("r1", "r2"), "deal_id": maybe("r1", "r3")})
users = st.fixed_dictionaries(
    {
        "email": maybe("a@example.org", "b@example.org"),
        "phone_ext": maybe("11", "12"),
        "hired_on": maybe(*(datetime(2026, 1, d) for d in (2, 3))),
        "left_on": maybe(*(datetime(2026, 1, d) for d in (1, 2))),
    }
)
records = st.sampled_from(["u1", "u2", "u3", "r1", "r2", "r3"])
merges = st.fixed_dictionaries({"survivor_id": records, "merged_at": st.none() | moments})
customers = st.sampled_from(["k1", "k2"])
nights = st.fixed_dictionaries(
    {
        "calls": patches(st.sampled_from([f"c{n}" for n in range(8)]), calls),
        "call_links": patches(st.sampled_from(["s1", "s2"]), call_links),
        "users": patches(st.sampled_from(["u1", "u2", "u3"]), users),
        "merges": patches(
            st.tuples(st.sampled_from(["users", "leads", "deals", "contacts"]), records), merges
        ),
        "int_customers__identified": patches(
            st.tuples(st.sampled_from(["lead", "deal"]), records), customers
        ),
        "int_customers__reached": patches(
            st.tuples(st.just("phone"), st.sampled_from(["501", "502"])), customers
        ),
        "int_records__marked": patches(
            st.tuples(st.sampled_from(["lead", "deal"])), st.sampled_from(["r1", "r2"])
        ),
        "int_customers__marked": patches(st.just(()), customers),
        "int_calls__channels": patches(
            st.tuples(st.just("s"), st.sampled_from(["c1", "c2"])), st.just("paid")
        ),
        # Mostly forward, now and then an earlier day again.
        "as_of": st.integers(1, 5),
        "abandoned_short_seconds": st.sampled_from([5] * 9 + [15]),
        "is_changed_by_hand": st.sampled_from([False] * 4 + [True]),
    }
)
histories = st.lists(nights, min_size=3, max_size=5)


State = dict[str, dict[Any, Any]]


def delivered(state: State) -> dict[str, list[dict[str, Any]]]:
    """The rows that the models read, by table."""
    rows = {
        "calls": [{"call_id": key} | call for key, call in state["calls"].items()],
        "call_links": [{"session_id": key} | link for key, link in state["call_links"].items()],
        "users": [{"user_id": key} | user for key, user in state["users"].items()],
        "merges": [
            {"entity": entity, "loser_id": loser} | merge
            for (entity, loser), merge in state["merges"].items()
        ],
    }
    for name, columns in OTHERS.items():
        rows[name] = [
            dict(zip(columns, (*key, value), strict=True)) for key, value in state[name].items()
        ]
    return rows


class Warehouse:
    """A warehouse in memory over the compiled models."""

    def __init__(self, models: Models) -> None:
        self.models = models
        self.is_built = False
        self.connection = duckdb.connect(config={"threads": 1})
        for schema in ("landing", "staging", "intermediate", "marts"):
            self.connection.execute(f"create schema {schema}")
        for name in (*DELIVERED, *ABSENT):
            columns = ", ".join(f"{c.name} {c.sql_type}" for c in ENTITIES[name].columns)
            self.connection.execute(f"create table landing.{name} (source text, {columns})")
        for name, columns in OTHERS.items():
            typed = ", ".join(f"{column} text" for column in columns)
            self.connection.execute(f"create table intermediate.{name} ({typed})")

    def deliver(self, state: State) -> None:
        for name, rows in delivered(state).items():
            table = f"landing.{name}" if name in DELIVERED else f"intermediate.{name}"
            self.connection.execute(f"delete from {table}")
            if rows:
                schema = self.connection.table(table).to_arrow_table().schema
                given = [{"source": "s"} | row for row in rows]
                batch = pa.Table.from_pylist(given, schema=schema)  # noqa: F841
                self.connection.execute(f"insert into {table} from batch")

    def build(self, as_of: int, seconds: int, full_refresh: bool = False) -> dict[str, int]:
        """A night; how many rows of each incremental model it touched, none where it is rebuilt."""
        recipe = self.models.recipe(seconds)
        full_refresh |= made_by(self.connection, recipe, INCREMENTAL) != INCREMENTAL.keys()
        # dbt sees by itself that there is no table yet.
        full_refresh |= not self.is_built
        self.is_built = True
        touched = {}

        def ready(sql: str) -> str:
            end = f"2026-01-0{as_of + 1} 00:00:00"
            return sql.replace(DAY_END, end).replace(str(SECONDS), str(seconds))

        for name, sql in self.models.views:
            self.connection.execute(f"create or replace view {name} as {ready(sql)}")
        for (name, full), (_, changes) in zip(
            self.models.full, self.models.incremental, strict=True
        ):
            if full_refresh:
                self.connection.execute(f"create or replace table {name} as {ready(full)}")
                continue
            self.connection.execute(f"create or replace temp table changed as {ready(changes)}")
            found = self.connection.execute("select count(*) from changed").fetchone()
            touched[name] = found[0]
            columns = self.connection.table(name).columns
            self.connection.execute(strategy_sql(self.models.manifest, name, columns))
        record_recipe(self.connection, recipe, INCREMENTAL)
        return touched

    def talk_differs(self, as_of: int) -> str | None:
        """What gate 2 says if the talk time of the facts is not that of the landed legs."""
        measures = fact_measures(date(2026, 1, as_of), "UTC")["fct_call"]
        (talk,) = (m for m in measures if m.check_id == "talk_seconds_equals_landing")
        query = talk.query.replace("{batch}", "marts.fct_call")
        ((_, value, detail),) = self.connection.execute(query).fetchall()
        return None if value == 1 else detail

    def rows(self) -> dict[str, Counter]:
        """All there is in the incremental models."""
        return {
            name: Counter(self.connection.execute(f"select * from {name}").fetchall())
            for name, _ in self.models.full
        }


@pytest.fixture(scope="module")
def models(compile_models) -> Models:
    return Models(compile_models)


@costly(8)
@given(history=histories)
def test_night_by_night_is_the_same_as_at_once(models: Models, history: list[dict[str, Any]]):
    warehouse = Warehouse(models)
    state: State = {name: {} for name in (*DELIVERED, *OTHERS)}
    for night in history:
        for name, rows in state.items():
            rows |= night[name]
            state[name] = {key: row for key, row in rows.items() if row is not None}
        day, seconds = night["as_of"], night["abandoned_short_seconds"]
        warehouse.deliver(state)
        if night["is_changed_by_hand"] and night is not history[0]:
            warehouse.connection.execute(BY_HAND)
        warehouse.build(day, seconds)
        found = warehouse.rows()
        assert warehouse.talk_differs(day) is None
        again = warehouse.build(day, seconds)
        assert set(again.values()) == {0}, "a repeated night touches nothing"
        assert warehouse.rows() == found
        at_once = Warehouse(models)
        at_once.deliver(state)
        at_once.build(day, seconds)
        assert found == at_once.rows()


def test_only_what_changed_is_touched(models: Models):
    call = {"started_at": datetime(2026, 1, 1), "direction": "in", "user_id": "u1"}
    state: State = {name: {} for name in (*DELIVERED, *OTHERS)}
    state["calls"] = {f"c{n}": call | {"lead_id": f"r{n}"} for n in range(9)}
    state["int_customers__identified"] = {("lead", f"r{n}"): "k1" for n in range(9)}
    warehouse = Warehouse(models)
    warehouse.deliver(state)
    assert warehouse.build(1, 5) == {}, "the first night builds all"
    del state["calls"]["c1"]
    state["calls"]["c2"] = call | {"talk_seconds": 9}
    state["calls"]["c9"] = call
    state["int_customers__identified"]["lead", "r5"] = "k2"
    warehouse.deliver(state)
    assert warehouse.build(2, 5) == {"intermediate.int_calls__sessions": 3, "marts.fct_call": 4}
    assert warehouse.build(2, 15) == {}, "another setting builds all anew"
    assert warehouse.build(2, 15, full_refresh=True) == {}
