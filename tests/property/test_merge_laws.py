"""Laws of merges: whatever is merged into whatever, gate 2 counts what the models count, and no
record is gone without a merge or a deletion that explains it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_quality.marts import marts_measures
from kits.profiles import costly
from kits.whole_company import AS_OF, FIRST, ZONE, Nights, Row, Rows, nights
from orchestration.core.entities import ENTITIES

# One build looks at many small groups of records, none of which knows another.
GROUPS = 12
FACTS = {"leads": ("lead_id", "fct_lead"), "deals": ("deal_id", "fct_deal")}

_DAYS = st.integers(0, (AS_OF - FIRST).days + 3).map(lambda days: f"{FIRST + timedelta(days)}")
_RECORDS = st.sampled_from(["1", "2", "3", "4"])
_MERGES = st.lists(
    st.fixed_dictionaries(
        {"entity": st.sampled_from(["leads", "deals"]), "loser_id": _RECORDS}
        | {"survivor_id": _RECORDS, "merged_at": st.none() | _DAYS}
    ),
    max_size=5,
    unique_by=lambda merge: (merge["entity"], merge["loser_id"]),
)
_CALLS = st.fixed_dictionaries(
    {"started_at": _DAYS, "session_id": st.none() | _RECORDS, "lead_id": st.none() | _RECORDS}
    | {"direction": st.sampled_from(["in", "out", "internal"])}
)
_DELETED = st.sampled_from(["true", "false", "false"])
_GROUP = st.fixed_dictionaries(
    {
        # Of the four records that merges name, one is never delivered.
        "leads": st.lists(_DAYS, max_size=3),
        "deals": st.lists(
            st.tuples(_DAYS, st.sampled_from(["true", "false", "false"])), max_size=3
        ),
        "merges": _MERGES,
        "calls": st.lists(_CALLS, max_size=3),
    }
)


def _delivered(groups: list[dict[str, Any]]) -> Rows:
    rows: Rows = {name: [] for name in ENTITIES}
    for number, group in enumerate(groups):
        for place, created in enumerate(group["leads"], 1):
            rows["leads"].append({"lead_id": f"{number}-{place}", "created_at": created})
        for place, (created, deleted) in enumerate(group["deals"], 1):
            deal = {"deal_id": f"{number}-{place}", "is_deleted": deleted, "amount": "100"}
            rows["deals"].append(deal | {"created_at": created})
        for merge in group["merges"]:
            ids = {name: f"{number}-{merge[name]}" for name in ("loser_id", "survivor_id")}
            rows["merges"].append(merge | ids)
        for place, call in enumerate(group["calls"]):
            ids = {
                name: call[name] and f"{number}-{call[name]}" for name in ("session_id", "lead_id")
            }
            rows["calls"].append(call | ids | {"call_id": f"c{number}-{place}"})
    return rows


def _unexplained(home: Nights, rows: Rows, entity: str) -> list[Row]:
    """The records that no fact has, no merge gives to another record and nobody deleted."""
    key, fact = FACTS[entity]
    kept = {row[0] for row in home.connection.execute(f"select {key} from marts.{fact}").fetchall()}
    deleted = {row[key] for row in rows[entity] if row.get("is_deleted") == "true"}
    merged = {
        merge["loser_id"]: merge["survivor_id"]
        for merge in rows["merges"]
        if merge["entity"] == entity and (merge["merged_at"] or "") <= f"{AS_OF}"
    }

    def is_explained(record: str) -> bool:
        seen: set[str] = set()
        while record not in seen:
            if record in kept or record in deleted:
                return True
            seen.add(record)
            record = merged.get(record, record)
        return False

    born = [row for row in rows[entity] if row["created_at"] <= f"{AS_OF}"]
    return [row for row in born if not is_explained(row[key])]


@pytest.fixture(scope="module")
def home(compile_models: Callable, tmp_path_factory: pytest.TempPathFactory):
    facts = (f"+{fact}" for fact in ("fct_lead", "fct_deal", "fct_call", "fct_order"))
    left_out = ("staging.vendors", "staging.entities")
    models = compile_models(*facts, "--exclude", *left_out, as_of=f"{AS_OF}")
    with nights(models, tmp_path_factory.mktemp("merged")) as home:
        yield home


@costly(6)
@given(groups=st.lists(_GROUP, min_size=GROUPS, max_size=GROUPS))
def test_no_merge_loses_a_record_or_refuses_a_night(home: Nights, groups: list[dict[str, Any]]):
    rows = _delivered(groups)
    home.forget()
    home.land(rows)
    home.published()
    measures = marts_measures(AS_OF, ZONE)
    for table in ("fct_lead", "fct_deal", "fct_call"):
        (reconciled,) = (m for m in measures[table] if m.check_id == "rows_equal_landing")
        query = reconciled.query.replace("{batch}", f"marts.{table}")
        ((_, value, detail),) = home.connection.execute(query).fetchall()
        assert value == 1, detail
    for entity in FACTS:
        assert _unexplained(home, rows, entity) == []
