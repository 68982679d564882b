"""Laws of events that share a time: their order follows from what they say, never from the ids of
their stages or from the order they were delivered in."""

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kits.profiles import costly

STAGES = ("a", "b", "c", "d")
START = datetime(2026, 3, 1)
TABLES = {
    "landing.stage_events": "source text, deal_id text, lead_id text,"
    " from_stage_id text, to_stage_id text, pipeline_id text, changed_by text, _file text,"
    " sequence bigint, _row bigint, changed_at timestamp",
    "landing.deals": "deal_id text, pipeline_id text",
    "intermediate.int_orders__moves": "deal_id text, event_no bigint, pipeline_id text,"
    " stage_id text, outcome text, changed_at timestamp",
    "intermediate.int_merges__resolved": "entity text, loser_id text, survivor_id text",
    "landing.stages": "pipeline_id text, stage_id text, stage_order bigint, semantics text",
}
Walk = list[tuple[str, int]]


@st.composite
def walks(draw) -> Walk:
    """Stages in the order they are entered, none twice in a row, each with its day; the creation
    has a day of its own, and no day has more than ten moves."""
    moves = draw(st.lists(st.tuples(st.integers(0, 2), st.sampled_from([0, 0, 0, 1])), max_size=10))
    walk, day = [("a", 0)], 1
    for step, later in moves:
        others = [stage for stage in STAGES if stage != walk[-1][0]]
        day += later
        walk.append((others[step], day))
    return walk


@pytest.fixture(scope="module")
def order(compile_models: Callable) -> Callable:
    compiled = compile_models("int_stage_events__ordered", given=TABLES)
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("create schema landing; create schema intermediate")
        for name, columns in TABLES.items():
            connection.execute(f"create table {name} ({columns})")

        def order(events: list[dict], names: dict[str, str]) -> dict[str, list[str]]:
            """The stages of each deal in order, `names` being the ids the stages go by."""
            stages = [
                {"pipeline_id": "p", "stage_id": names[stage], "stage_order": place}
                | {"semantics": "open"}
                for place, stage in enumerate(STAGES)
            ]
            delivered = [
                event
                | {name: names.get(event[name]) for name in ("from_stage_id", "to_stage_id")}
                | {"_row": row, "source": "s", "_file": "f"}
                for row, event in enumerate(events)
            ]
            deals = [
                {"deal_id": deal, "pipeline_id": "p"} for deal in {e["deal_id"] for e in events}
            ]
            for table, rows in zip(TABLES, (delivered, deals, [], [], stages), strict=True):
                connection.execute(f"delete from {table}")
                if rows:
                    batch = pa.Table.from_pylist(rows)
                    connection.register("batch", batch)
                    connection.execute(f"insert into {table} by name from batch")
                    connection.unregister("batch")
            for name, sql in compiled:
                connection.execute(f"create or replace table {name} as {sql}")
            found = defaultdict(list)
            original = {name: stage for stage, name in names.items()}
            for deal, stage in connection.execute(
                "select record_id, stage_id from intermediate.int_stage_events__ordered"
                " order by record_id, event_no"
            ).fetchall():
                found[deal].append(original[stage])
            return dict(found)

        yield order


def events_of(companies: list[Walk], *, chained: bool) -> list[dict]:
    return [
        {
            "deal_id": f"d{number}",
            "from_stage_id": walk[place - 1][0] if place and chained else None,
            "to_stage_id": stage,
            "changed_at": START + timedelta(day),
        }
        for number, walk in enumerate(companies)
        for place, (stage, day) in enumerate(walk)
    ]


WALKS = st.lists(walks(), min_size=25, max_size=25)
NAMES = st.permutations(["1", "2", "9", "10"]).map(lambda ids: dict(zip(STAGES, ids, strict=True)))
CHANCE = st.randoms(use_true_random=False)


@costly(5)
@given(companies=WALKS, names=NAMES, chance=CHANCE)
def test_events_that_say_what_they_leave_are_a_chain(
    order: Callable, companies: list[Walk], names: dict[str, str], chance: random.Random
):
    events = events_of(companies, chained=True)
    ordered = order(chance.sample(events, len(events)), names)
    assert order(events, dict(zip(STAGES, STAGES, strict=True))) == ordered
    for number, walk in enumerate(companies):
        found = ordered[f"d{number}"]
        moves = [*pairwise([stage for stage, _ in walk])]
        assert sorted(pairwise(found)) == sorted(moves), "every event leaves where it says"


@costly(5)
@given(companies=WALKS, names=NAMES, chance=CHANCE)
def test_events_that_say_nothing_go_forward(
    order: Callable, companies: list[Walk], names: dict[str, str], chance: random.Random
):
    events = events_of(companies, chained=False)
    ordered = order(chance.sample(events, len(events)), names)
    for number, walk in enumerate(companies):
        days = defaultdict(list)
        for stage, day in walk:
            days[day].append(stage)
        assert ordered[f"d{number}"] == [stage for day in days.values() for stage in sorted(day)]


@costly(5)
@given(companies=WALKS, names=NAMES, chance=CHANCE)
def test_a_sequence_is_the_order(
    order: Callable, companies: list[Walk], names: dict[str, str], chance: random.Random
):
    events = events_of(companies, chained=False)
    numbered = [event | {"sequence": place} for place, event in enumerate(events)]
    ordered = order(chance.sample(numbered, len(numbered)), names)
    for number, walk in enumerate(companies):
        assert ordered[f"d{number}"] == [stage for stage, _ in walk]
