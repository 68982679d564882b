"""The results of a gate in ledger.checks, and which marts an entity feeds."""

import csv
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path

from data_quality.checks import CheckResult, Gate
from orchestration.home import Home
from orchestration.settings import Limits
from orchestration.warehouse import open_warehouse

# The seed that the completeness models read as well: which mart reads which entity stands once.
_MART_ENTITIES = Path(__file__).resolve().parent.parent / "seeds" / "mart_entities.csv"


@cache
def marts_fed_by(entity: str) -> tuple[str, ...]:
    """The marts that read an entity, directly or through the star."""
    with _MART_ENTITIES.open(newline="") as file:
        return tuple(row["mart"] for row in csv.DictReader(file) if row["entity"] == entity)


def write(
    home: Home, limits: Limits, gate: Gate, as_of: date, results: Sequence[CheckResult]
) -> None:
    """Replace what the gate found for the same as_of day."""
    rows = [
        (
            as_of,
            result.gate,
            result.date,
            result.source,
            result.entity,
            result.check_id,
            result.dimension,
            result.value,
            result.threshold,
            result.passed,
            result.severity,
            ",".join(result.affected_marts),
            result.detail,
        )
        for result in results
    ]
    marks = ", ".join("?" * 13)
    with open_warehouse(home, limits) as connection:
        connection.begin()
        connection.execute(
            "delete from ledger.checks where as_of_date = ? and gate = ?", [as_of, gate]
        )
        if rows:
            connection.executemany(f"insert into ledger.checks values ({marks})", rows)
        connection.commit()
