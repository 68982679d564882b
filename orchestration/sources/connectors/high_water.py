"""High-water marks: how far the nights have read a source, kept aside during a backfill."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from orchestration.core.files import write_whole
from orchestration.sources.connectors.tables import Table

# The types of cursors; a vendor's seconds since 1970 are integers.
_READERS: dict[str, Callable[[Any], Any]] = {
    "timestamp": datetime.fromisoformat,
    "date": date.fromisoformat,
    "integer": int,
}


def cursors(table: Table) -> list[str]:
    """The columns that can be the cursor of a table."""
    return [column.name for column in table.columns if column.type in _READERS]


@dataclass
class HighWaterMarks:
    """The newest landed value of each cursor, by table and column; None if nothing is landed.

    Rows of a backfill may be newer than days that no night has read. So the marks of the nights are
    written to `path` when a backfill begins, and the file is removed when a night has read past the
    last day of it.
    """

    path: Path
    _newest: dict[str, dict[str, Any]] = field(default_factory=dict)
    _until: date = date.min

    @property
    def are_kept(self) -> bool:
        return self.path.exists()

    def newest(self, table: Table, column: str) -> Any:
        return self._newest.get(table.name, {}).get(column)

    def move(self, table: Table, newest: Mapping[str, Any]) -> None:
        """Raise the marks of the table to these values, which a night has landed."""
        mine = self._newest.setdefault(table.name, {})
        for name, value in newest.items():
            if value is not None and (mine.get(name) is None or value > mine[name]):
                mine[name] = value

    def read(self, tables: list[Table]) -> None:
        if not self.are_kept:
            return
        kept = json.loads(self.path.read_text())
        self._until = date.fromisoformat(kept["until"])
        for table in tables:
            for name, text in kept["newest"].get(table.name, {}).items():
                self.move(table, {name: _READERS[table.column(name).type](text)})

    def write(self, until: date = date.min) -> None:
        """`until`: the last day of a backfill."""
        self._until = max(self._until, until)
        kept = {"until": self._until, "newest": self._newest}
        write_whole(self.path, json.dumps(kept, default=lambda moment: moment.isoformat()))

    def discard(self, as_of: date) -> None:
        """Remove the file if a night that has read up to `as_of` is past the last backfill."""
        if as_of >= self._until:
            self.path.unlink(missing_ok=True)
