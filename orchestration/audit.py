"""The steps a run must finish before it may publish, and whether a mart has changed since.

Dagster lets users run any part of the job, each part in its own process. So nothing of an earlier
run counts here: a publication comes from one run that finished every step in whole, over the tables
that this run built.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from orchestration.core.errors import AuditRefusedError
from orchestration.core.fingerprint import fingerprint
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.core.warehouse import open_warehouse
from orchestration.settings import Settings


def required_steps(settings: Settings) -> list[str]:
    """The names of the steps that come before a publication."""
    return [
        *(f"land {source}" for source in settings.sources),
        *("landing", "gate 1 input", "identifiers"),
        *("build models", "gate 2 marts", "build quality"),
    ]


@dataclass
class Audit:
    """The steps that this run finished in whole, and the fingerprint of each mart that it built."""

    done: set[str] = field(default_factory=set)
    sealed: dict[str, str] = field(default_factory=dict)

    def seal(self, home: Home, limits: DuckDbLimits, tables: Iterable[str]) -> None:
        """Keep the fingerprints of these tables of the schema `marts`."""
        self.sealed |= fingerprints(home, limits, tables)

    def refuse_unaudited(self, home: Home, settings: Settings, tables: Iterable[str]) -> None:
        """Raises AuditRefusedError if this run has not built and audited the tables, or if one of
        them has changed since it was built."""
        missing = [step for step in required_steps(settings) if step not in self.done]
        if missing:
            raise AuditRefusedError(
                f"this run has not passed {', '.join(missing)} (expected: every step of the job"
                " `nightly` in one run, before anything is published): run the whole job `nightly`"
            )
        found = fingerprints(home, settings.limits, tables)
        changed = [table for table, now in found.items() if self.sealed.get(table) != now]
        if changed:
            raise AuditRefusedError(
                f"{', '.join(f'marts.{table}' for table in changed)}: changed after this run has"
                " built it (expected: the rows that were built and audited): run the night again"
            )


def fingerprints(home: Home, limits: DuckDbLimits, tables: Iterable[str]) -> dict[str, str]:
    """By name: what each of these tables of the schema `marts` holds."""
    with open_warehouse(home, limits) as connection:
        return {table: fingerprint(connection, "marts", table) for table in tables}
