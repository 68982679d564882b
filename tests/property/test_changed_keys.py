"""A model that is built key by key equals one that is built at once, row for row, whatever happens
between the nights to what it reads: rows come late, are corrected, move to another key, go away."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kits.increments import strategy_sql
from kits.profiles import costly
from orchestration.recipe import incremental_models

# These have laws of their own: test_incremental_laws.py.
CALLS = {"int_calls__sessions", "fct_call"}


class Input(NamedTuple):
    """A table that a model reads: its columns with their types, the values of its key, and those of
    the other columns, which follow."""

    columns: dict[str, str]
    keys: list[tuple[Any, ...]]
    values: tuple[st.SearchStrategy[Any], ...]


def maybe(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([None, *values])


TEXT, TIME, NUMBER, FLAG, DAY = "text", "timestamp", "integer", "boolean", "date"
MONEY = "decimal(38, 10)"
flags = st.booleans()
moments = st.integers(0, 5).map(lambda hour: datetime(2026, 1, 1) + timedelta(hours=hour * 7))
days = st.integers(1, 4).map(lambda day: date(2026, 1, day))
pipelines = st.sampled_from(["p", "q"])
STAGES = [(pipeline, f"{pipeline}{step}") for pipeline in "pq" for step in (1, 2, 3)]
stages = st.sampled_from([stage for _, stage in STAGES])
statuses = st.sampled_from(["open", "won", "lost"])
DEALS = ["a", "b", "c"]
VISITS = [(deal, visit) for deal in DEALS for visit in (1, 2, 3)]

# A visit is to a stage of its pipeline: the second column of the stage is not drawn by itself.
INPUTS: dict[str, dict[str, Input]] = {
    "intermediate.int_funnel__subject_steps": {
        "intermediate.int_funnel__visits": Input(
            {
                "subject_id": TEXT,
                "visit_no": NUMBER,
                "pipeline_id": TEXT,
                "step_no": NUMBER,
                "entered_at": TIME,
                "ended_as": TEXT,
                "lasting_hours": "double",
            },
            VISITS,
            (
                pipelines,
                st.integers(1, 3),
                moments,
                st.sampled_from(["open", "lost", "advanced", "moved_back"]),
                st.floats(0, 9),
            ),
        ),
        "intermediate.int_funnel__subjects": Input(
            {"subject_id": TEXT, "created_at": TIME}, [(deal,) for deal in DEALS], (moments,)
        ),
        "intermediate.int_funnel__stages": Input(
            {"pipeline_id": TEXT, "stage_id": TEXT, "step_no": NUMBER, "in_use_until": TIME},
            [(*stage, int(stage[1][1])) for stage in STAGES],
            (st.none() | moments,),
        ),
    },
    "intermediate.int_deal_stage_moves": {
        "intermediate.int_deals__located": Input(
            {
                "deal_id": TEXT,
                "pipeline_id": TEXT,
                "stage_id": TEXT,
                "status": TEXT,
                "created_at": TIME,
                "updated_at": TIME,
                "closed_at": TIME,
            },
            [(deal,) for deal in DEALS],
            (pipelines, stages, statuses, moments, st.none() | moments, st.none() | moments),
        ),
        "intermediate.int_deals__history": Input(
            {
                "deal_id": TEXT,
                "first_pipeline_id": TEXT,
                "first_left_stage_id": TEXT,
                "is_start_told": FLAG,
                "first_at": TIME,
                "last_at": TIME,
            },
            [(deal,) for deal in DEALS],
            (
                st.none() | pipelines,
                st.none() | stages,
                flags,
                st.none() | moments,
                st.none() | moments,
            ),
        ),
        "intermediate.int_stage_events__ordered": Input(
            {
                "record_id": TEXT,
                "event_no": NUMBER,
                "entity": TEXT,
                "pipeline_id": TEXT,
                "stage_id": TEXT,
                "changed_at": TIME,
                "is_counted": FLAG,
            },
            VISITS,
            (st.sampled_from(["deals", "deals", "leads"]), pipelines, stages, moments, flags),
        ),
        "intermediate.int_stages__placed": Input(
            {
                "pipeline_id": TEXT,
                "stage_id": TEXT,
                "outcome": TEXT,
                "place": NUMBER,
                "is_default_of_outcome": FLAG,
                "is_first_of_id": FLAG,
            },
            STAGES,
            (statuses, maybe(1, 2, 3), st.just(False), st.just(True)),
        ),
    },
    "intermediate.int_forecast__standings": {
        "intermediate.int_deals__conformed": Input(
            {
                "deal_id": TEXT,
                "pipeline_id": TEXT,
                "status": TEXT,
                "customer_id": TEXT,
                "created_at": TIME,
                "closed_at": TIME,
                "amount_base": MONEY,
                "expected_close_on": DAY,
                "owner_id_current": TEXT,
                "owner_id_at_close": TEXT,
                "is_test": FLAG,
            },
            [(deal,) for deal in DEALS],
            (
                pipelines,
                statuses,
                maybe("k1", "k2"),
                moments,
                st.none() | moments,
                maybe(1, 2),
                st.none() | days,
                maybe("u1"),
                maybe("u1", "u2"),
                flags,
            ),
        ),
        "intermediate.int_deals__history": Input(
            {"deal_id": TEXT, "first_at": TIME},
            [(deal,) for deal in DEALS],
            (st.none() | moments,),
        ),
        "intermediate.int_customers__described": Input(
            {"customer_id": TEXT, "segment": TEXT}, [("k1",), ("k2",)], (maybe("b2b"),)
        ),
        "marts.fct_deal_stage_visit": Input(
            {
                "deal_id": TEXT,
                "visit_no": NUMBER,
                "pipeline_id": TEXT,
                "stage_id": TEXT,
                "entered_at": TIME,
                "exited_at": TIME,
            },
            VISITS,
            (pipelines, stages, moments, st.none() | moments),
        ),
        "marts.dim_stage": Input(
            {"pipeline_id": TEXT, "stage_id": TEXT, "semantics": TEXT},
            STAGES,
            (st.sampled_from(["open", "won", "lost", "post_won"]),),
        ),
    },
}


def nights(inputs: Mapping[str, Input]) -> st.SearchStrategy[list[dict[str, dict[Any, Any]]]]:
    """What the nights bring: rows by their keys, None for one that is gone. The first brings much,
    the others change few rows, so that much is not built again and has to be right, too."""

    def brought(most: int, rows: Input) -> st.SearchStrategy[dict[Any, Any]]:
        row = st.tuples(*rows.values)
        return st.dictionaries(
            st.sampled_from(rows.keys),
            row if most > 2 else st.one_of(row, row, st.none()),
            min_size=min(most, len(rows.keys)) if most > 2 else 1,
            max_size=most,
        )

    first = st.fixed_dictionaries({name: brought(9, rows) for name, rows in inputs.items()})
    later = st.lists(st.sampled_from(list(inputs)), min_size=1, max_size=2, unique=True).flatmap(
        lambda names: st.fixed_dictionaries({name: brought(2, inputs[name]) for name in names})
    )
    return st.builds(
        lambda one, others: [one, *others], first, st.lists(later, min_size=4, max_size=6)
    )


@pytest.fixture(scope="module")
def compiled(compile_models) -> Callable[..., str]:
    """The SQL of a model: of all its rows, or `incremental`."""

    @cache
    def sql(model: str, incremental: bool, as_of: str = "2026-01-09") -> str:
        ((_, text),) = compile_models(
            model.split(".")[1], incremental=incremental, as_of=as_of, time_zone="UTC"
        )
        return text

    return sql


def test_every_incremental_model_is_held_to_a_law(compile_models):
    models = incremental_models(compile_models.manifest).values()
    held = {tuple(name.split(".")) for name in INPUTS}
    assert {table for table in models if table[1] not in CALLS} == held


@pytest.mark.parametrize("model", INPUTS)
def test_no_row_depends_on_the_day(compiled, model: str):
    assert compiled(model, False) == compiled(model, False, as_of="2025-01-01")


@pytest.mark.parametrize("model", INPUTS)
def test_key_by_key_is_the_same_as_at_once(compiled, compile_models, model: str):
    inputs = INPUTS[model]

    @costly(8)
    @given(history=nights(inputs))
    def holds(history: list[dict[str, dict[Any, Any]]]) -> None:
        warehouse = duckdb.connect(config={"threads": 1})
        warehouse.execute("create schema intermediate; create schema marts")
        for name, one in inputs.items():
            columns = ", ".join(f"{column} {kind}" for column, kind in one.columns.items())
            warehouse.execute(f"create table {name} ({columns})")
        state: dict[str, dict[Any, Any]] = {name: {} for name in inputs}
        for changes in history:
            for name, rows in state.items():
                rows |= changes.get(name, {})
                state[name] = {key: row for key, row in rows.items() if row is not None}
                _fill(warehouse, name, state[name])
            if changes is history[0]:
                warehouse.execute(f"create table {model} as {compiled(model, False)}")
                continue
            sql = compiled(model, True)
            warehouse.execute(f"create or replace temp table changed as {sql}")
            columns = warehouse.table(model).columns
            warehouse.execute(strategy_sql(compile_models.manifest, model, columns))
            assert _rows(warehouse, f"from {model}") == _rows(warehouse, compiled(model, False))
            warehouse.execute(f"create or replace temp table changed as {sql}")
            again = warehouse.execute(f"select * from changed semi join {model} using (digest)")
            assert again.fetchall() == [], "a repeated night touches nothing"

    holds()


def _fill(warehouse: duckdb.DuckDBPyConnection, table: str, rows: Mapping[Any, Any]) -> None:
    warehouse.execute(f"delete from {table}")
    schema = warehouse.table(table).to_arrow_table().schema
    given = [dict(zip(schema.names, (*key, *row), strict=True)) for key, row in rows.items()]
    if given:
        batch = pa.Table.from_pylist(given, schema=schema)  # noqa: F841
        warehouse.execute(f"insert into {table} from batch")


def _rows(warehouse: duckdb.DuckDBPyConnection, query: str) -> Counter:
    return Counter(warehouse.execute(query).fetchall())
