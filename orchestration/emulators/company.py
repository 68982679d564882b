"""The company that the emulators serve: the demo company today and some nights earlier."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import duckdb

from orchestration.core.entities import ENTITIES
from orchestration.sources.demo.company import generate
from orchestration.sources.demo.config import MADE

# The last day of the demo company.
LAST_DAY = date(2026, 6, 30)

# What an edit changes, and the value before it.
_EDITS = {
    "deals": "amount = amount + 100",
    "leads": "city = 'Elsewhere'",
    "contacts": "city = 'Elsewhere'",
    "tasks": "due_at = due_at - interval 1 day",
    "ad_stats": "spend = spend + 1, clicks = clicks + 1",
}


class Company:
    """The entities of the demo company in the schemas `now` and `before` of a DuckDB in memory.

    `before` is the same company some days earlier: later rows are missing, some rows have other
    values, and records that are merged or deleted now are separate. Every row that differs has an
    `updated_at` of the last day in `now`, as a vendor would set it.
    """

    def __init__(self, scale: float = 0.05, seed: int = 7, days_back: int = 20) -> None:
        self.connection = duckdb.connect()
        generate(self.connection, seed, scale)
        self.state = "now"
        self.connection.execute("create schema now; create schema before")
        for name in MADE:
            # A vendor has only the latest version of a row.
            keys = ", ".join(ENTITIES[name].key)
            self.connection.execute(
                f"create table now.{name} as from main.{name} qualify"
                f" row_number() over (partition by {keys} order by updated_at desc, rowid) = 1"
                " order by rowid"
            )
            self.connection.execute(f"drop table main.{name}")
        self._earlier = LAST_DAY - timedelta(days=days_back)
        self._go_back(self._earlier)

    def rows(self, query: str, *parameters: Any) -> list[dict[str, Any]]:
        """The rows of a query over the entities in the current state."""
        cursor = self.connection.cursor()
        cursor.execute(f"use {self.state}")
        cursor.execute(query, parameters)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    @property
    def today(self) -> date:
        """The first day after the current state."""
        return self._earlier if self.state == "before" else LAST_DAY + timedelta(days=1)

    @property
    def last_day(self) -> date:
        """The last day of the current state."""
        return self.today - timedelta(days=1)

    @contextmanager
    def earlier(self) -> Iterator[None]:
        """Within the block the emulators serve the earlier state."""
        self.state = "before"
        try:
            yield
        finally:
            self.state = "now"

    def _go_back(self, day: date) -> None:
        for name, entity in ((name, ENTITIES[name]) for name in MADE):
            self.connection.execute(f"create table before.{name} as from now.{name}")
            time = entity.time if name != "plans" else None
            if time:
                self.connection.execute(f"delete from before.{name} where {time} >= date '{day}'")
            # Rows that were changed later had other values then, and an earlier time of change.
            self.connection.execute(
                f"update before.{name} set updated_at = date '{day}' - interval 1 second"
                f" where updated_at >= date '{day}'"
            )
        self.connection.execute(
            f"delete from before.merges where coalesce(merged_at, date '1900-01-01') >= '{day}'"
        )
        for name, edit in _EDITS.items():
            keys = ", ".join(ENTITIES[name].key)
            some = f"hash({keys}) % 17 = 0"
            if name == "ad_stats":
                # Older days are not restated any more.
                some += f" and date >= date '{day}' - interval 3 day"
            self.connection.execute(f"update before.{name} set {edit} where {some}")
            self.connection.execute(
                f"update now.{name} set updated_at = timestamp '{LAST_DAY} 12:00:00' where {some}"
            )
        # Recordings arrive some time after their call.
        self.connection.execute(
            "update before.calls set recording_url = null"
            f" where started_at >= date '{day}' - interval 2 day"
        )
        self.connection.execute(
            f"update now.calls set updated_at = timestamp '{LAST_DAY} 12:00:00'"
            " where recording_url is not null and call_id in"
            " (select call_id from before.calls where recording_url is null)"
        )
        for name in ("deals", "tasks"):
            self.connection.execute(f"update before.{name} set is_deleted = false")
            self.connection.execute(
                f"update now.{name} set updated_at = timestamp '{LAST_DAY} 12:00:00'"
                " where is_deleted"
            )
