"""Laws of any delivery: nothing is lost, nothing counts twice, the newest version stays."""

import csv
import io
from decimal import Decimal, InvalidOperation

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from orchestration.core.entities import ENTITIES
from orchestration.sources.delivery import Delivery
from orchestration.sources.files.config import FilesSource
from orchestration.sources.files.extract import extract

DEALS = ENTITIES["deals"]
HEADER = ["id", "created", "sum", "stage", "updated"]
CONFIG = FilesSource.model_validate(
    {
        "type": "files",
        "time_zone": "Europe/Moscow",
        "entities": {
            "stages": {
                "rows": [
                    {
                        **{"pipeline_id": "default", "pipeline_name": "Sales"},
                        **{"stage_id": "new", "stage_name": "New"},
                        **{"stage_order": 1, "semantics": "open"},
                    }
                ]
            },
            "deals": {
                "path": "deals.*.csv",
                "columns": {
                    "deal_id": "id",
                    "created_at": "created",
                    "amount": "sum",
                    "stage_id": "stage",
                    "updated_at": "updated",
                },
            },
        },
    }
)

# Few ids, so that they repeat; values that are right, empty and broken.
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "3", "4", "", ' "5"', "6\n7"]),
        st.sampled_from(["2026-03-01", "2026-03-01 10:00", "", "soon"]),
        st.one_of(
            st.decimals(-(10**6), 10**6, places=2).map(str), st.sampled_from(["", "much", "1 000"])
        ),
        st.sampled_from(["new", "", "gone"]),
        st.sampled_from(["", "2026-03-02", "2026-03-03", "never"]),
    ),
    max_size=25,
)


def delivered(folder, files: list[list[tuple]]) -> Delivery:
    for path in folder.glob("deals.*.csv"):
        path.unlink()
    for number, rows in enumerate(files):
        content = io.StringIO()
        csv.writer(content).writerows([HEADER, *rows])
        (folder / f"deals.{number}.csv").write_text(content.getvalue(), newline="")
    delivery = Delivery(duckdb.connect(config={"threads": "1"}))
    extract(delivery, CONFIG, folder, folder / "spill")
    delivery.check()
    return delivery


def readable(amount: str) -> Decimal:
    try:
        return Decimal(amount.replace(" ", ""))
    except InvalidOperation:
        return Decimal(0)


@given(files=st.lists(ROWS, min_size=1, max_size=2))
def test_rows_and_money_are_conserved_and_keys_are_unique(tmp_path_factory, files):
    delivery = delivered(tmp_path_factory.getbasetemp(), files)
    loads = [load for load in delivery.loads("crm") if load.entity == "deals"]
    accepted = delivery.connection.execute(delivery.accepted(DEALS, "crm")).to_arrow_table()
    rejects = [row for row in delivery.rejects().to_pylist() if row["entity"] == "deals"]

    for load, rows in zip(loads, files, strict=True):
        # A line of empty cells is no row.
        assert load.rows_delivered == sum(map(any, rows))
        assert load.money_delivered == sum((readable(row[2]) for row in rows), Decimal(0))
        assert (
            load.rows_delivered == load.rows_loaded + load.rows_quarantined + load.rows_superseded
        )
        assert (
            load.money_delivered
            == load.money_loaded + load.money_quarantined + load.money_superseded
        )
        mine = {row["row_number"] for row in rejects if row["file"] == load.file}
        assert len(mine) == load.rows_quarantined
    assert accepted.num_rows == sum(load.rows_loaded for load in loads)
    ids = accepted["deal_id"].to_pylist()
    assert len(ids) == len(set(ids))
    assert None not in ids


@given(rows=ROWS)
def test_the_newest_good_version_of_each_id_is_the_one_that_is_loaded(tmp_path_factory, rows):
    delivery = delivered(tmp_path_factory.getbasetemp(), [rows])
    query = delivery.accepted(DEALS, "crm")
    loaded = delivery.connection.execute(f"select deal_id, _row from ({query})").fetchall()

    wanted: dict[str, int] = {}
    for number, (id_, created, amount, stage, updated) in enumerate(rows, start=2):
        good = id_ and created not in ("", "soon") and stage != "gone"
        if not good or amount == "much" or updated == "never":
            continue
        best = wanted.get(id_.strip())
        # An empty date sorts before any other; of equals the first row stays.
        if best is None or updated > rows[best - 2][4]:
            wanted[id_.strip()] = number
    assert dict(loaded) == wanted
    assert [row for _, row in loaded] == sorted(row for _, row in loaded)
