"""What a run must have done before it may publish, and whether anything has changed since.

Dagster lets people run any part of the job. So publication does not trust the order of the job: it
asks for the steps of its own run, and compares the tables with those that were audited.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from orchestration.core import sql
from orchestration.core.errors import AuditRefusedError
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.core.warehouse import open_warehouse

# By the names that the steps report themselves with.
REQUIRED_STEPS = ("gate 1 input", "build models", "gate 2 marts", "build quality")

Fingerprint = tuple[int, int]


@dataclass
class Audit:
    """The steps that this run has finished, and the fingerprint of each table it has audited."""

    done: set[str] = field(default_factory=set)
    sealed: dict[str, Fingerprint] = field(default_factory=dict)

    def seal(self, home: Home, limits: DuckDbLimits, tables: Iterable[str]) -> None:
        """Remember what these tables of the schema `marts` hold now."""
        self.sealed |= fingerprints(home, limits, tables)

    def refuse_unaudited(self, home: Home, limits: DuckDbLimits, tables: Iterable[str]) -> None:
        """AuditRefusedError where this run has not built and audited the tables, or where one of
        them has changed since."""
        missing = [step for step in REQUIRED_STEPS if step not in self.done]
        if missing:
            raise AuditRefusedError(
                f"this run has not passed {', '.join(missing)}, expected all of"
                f" {', '.join(REQUIRED_STEPS)} before anything is published: run the whole job"
                " `nightly`"
            )
        found = fingerprints(home, limits, tables)
        changed = [table for table, now in found.items() if self.sealed.get(table) != now]
        if changed:
            raise AuditRefusedError(
                f"{', '.join(f'marts.{table}' for table in changed)}: changed after the audit,"
                " expected the rows that were audited: run the night again"
            )


def fingerprints(home: Home, limits: DuckDbLimits, tables: Iterable[str]) -> dict[str, Fingerprint]:
    """Rows of each table of the schema `marts` and a sum of their hashes, whatever their order."""
    with open_warehouse(home, limits) as connection:
        return {
            table: connection.execute(
                f"select count(*), coalesce(sum(hash(t)), 0) from marts.{sql.name(table)} as t"  # noqa: S608 - quoted
            ).fetchone()
            for table in tables
        }


def tables_of(home: Home, limits: DuckDbLimits) -> list[str]:
    """The tables of the schema `marts`."""
    with open_warehouse(home, limits) as connection:
        found = connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'marts' order by 1"
        )
        return [table for (table,) in found.fetchall()]
