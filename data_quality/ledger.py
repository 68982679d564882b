"""The results of a gate in ledger.checks, and which marts an entity feeds."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from functools import cache

import pyarrow as pa

from data_quality.checks import CheckResult, Gate
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.core.project import seed_rows
from orchestration.core.warehouse import open_warehouse

_COLUMNS = [column.name for column in fields(CheckResult) if column.name != "affected_marts"]


@cache
def marts_fed_by(entity: str) -> tuple[str, ...]:
    """The marts that read an entity, directly or through the star."""
    # The completeness models read the same seed.
    return tuple(row["mart"] for row in seed_rows("mart_entities") if row["entity"] == entity)


def write(
    home: Home, limits: DuckDbLimits, gate: Gate, as_of: date, results: Sequence[CheckResult]
) -> None:
    """Replace what the gate found for the same as_of day."""
    rows = [
        {
            **{name: getattr(result, name) for name in _COLUMNS},
            "as_of_date": as_of,
            "affected_marts": ",".join(result.affected_marts),
        }
        for result in results
    ]
    with open_warehouse(home, limits) as connection:
        connection.begin()
        connection.execute(
            "delete from ledger.checks where as_of_date = ? and gate = ?", [as_of, gate]
        )
        if rows:
            # As Arrow: hundreds of rows one by one cost as much as the checks themselves.
            connection.register("found", pa.Table.from_pylist(rows))
            connection.execute("insert into ledger.checks by name select * from found")
        connection.commit()
