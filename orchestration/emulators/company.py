"""The company that the emulators give out: the demo company, today and some nights earlier."""

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

# What an edit touches, and what stood there before.
_EDITS = {
    "deals": "amount = amount + 100",
    "leads": "city = 'Elsewhere'",
    "contacts": "city = 'Elsewhere'",
    "ad_stats": "spend = spend + 1, clicks = clicks + 1",
}


class Company:
    """The entities of the demo company in schemas `now` and `before` of a DuckDB in memory.

    `before` is the same company some days earlier: later rows are missing, some rows hold other
    values, and what is merged or deleted now stood alone then. Whatever differs carries an
    `updated_at` of the last day in `now`, as a vendor would have it.
    """

    def __init__(self, scale: float = 0.05, seed: int = 7, days_back: int = 20) -> None:
        self.connection = duckdb.connect()
        generate(self.connection, seed, scale)
        self.state = "now"
        self.connection.execute("create schema now; create schema before")
        for name in MADE:
            # A vendor has a row in its last version only.
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
        """The rows of a query over the entities as they stand in the state that is set."""
        cursor = self.connection.cursor()
        cursor.execute(f"use {self.state}")
        cursor.execute(query, parameters)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    @property
    def today(self) -> date:
        """The first day that the state that is set knows nothing of."""
        return self._earlier if self.state == "before" else LAST_DAY + timedelta(days=1)

    @property
    def last_day(self) -> date:
        """The last day that the state that is set knows of."""
        return self.today - timedelta(days=1)

    @contextmanager
    def earlier(self) -> Iterator[None]:
        """Within the block the emulators give the company out as it stood before."""
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
            # Whatever was changed later looked different then, and was not yet changed.
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
                # What is older is not restated any more.
                some += f" and date >= date '{day}' - interval 3 day"
            self.connection.execute(f"update before.{name} set {edit} where {some}")
            self.connection.execute(
                f"update now.{name} set updated_at = timestamp '{LAST_DAY} 12:00:00' where {some}"
            )
        # Recordings come some time after their call.
        self.connection.execute(
            "update before.calls set recording_url = null"
            f" where started_at >= date '{day}' - interval 2 day"
        )
        self.connection.execute(
            f"update now.calls set updated_at = timestamp '{LAST_DAY} 12:00:00'"
            " where recording_url is not null and call_id in"
            " (select call_id from before.calls where recording_url is null)"
        )
        self.connection.execute("update before.deals set is_deleted = false")
        self.connection.execute(
            f"update now.deals set updated_at = timestamp '{LAST_DAY} 12:00:00' where is_deleted"
        )
