"""What a vendor's extraction works with: what is landed already, and where its pages go."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from orchestration.home import Home
from orchestration.settings import Limits
from orchestration.sources import sql
from orchestration.sources.vendor.pages import Pages
from orchestration.sources.vendor.tables import Table
from orchestration.warehouse import open_warehouse


@dataclass
class Extraction:
    """One source on one night.

    `as_of`: the last day that is wanted. `window`: only these days, both ends included (a
    backfill). `say` tells a person who waits what is being done.
    """

    name: str
    home: Home
    limits: Limits
    as_of: date
    pages: Pages
    window: tuple[date, date] | None = None
    say: Callable[[str], None] = lambda text: None
    _read: list[tuple[date, date]] = field(default_factory=list)

    def newest(self, table: Table, column: str) -> Any:
        """The largest landed value, or None: what a vendor is asked for begins there (less an
        overlap). Read from the rows themselves, so that a load that failed moves nothing."""
        newest = self._landed(table, f"max({sql.name(column)}) as newest")
        return newest[0]["newest"] if newest else None

    def rows(self, table: Table, where: str = "true") -> list[dict[str, Any]]:
        """The landed rows of a small table, or the few for which the SQL condition holds."""
        return self._landed(table, sql.names(table.column_names), where)

    def _landed(self, table: Table, columns: str, where: str = "true") -> list[dict[str, Any]]:
        with open_warehouse(self.home, self.limits) as warehouse:
            there = warehouse.execute(
                "select 1 from information_schema.tables where table_schema = ? and table_name = ?",
                [f"raw_{self.name}", table.name],
            ).fetchone()
            if not there:
                return []
            found = warehouse.execute(
                f"select {columns} from raw_{self.name}.{table.name} where {where}"
            )
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def slices(self, first: date, last: date, days: int) -> Iterator[tuple[date, date]]:
        """The days from first to last, both included, in slices of so many days, the oldest first.

        Yield after each: a backfill that is interrupted goes on behind what was landed then.
        """
        done = self._done()
        while first <= last:
            slice_ = (first, min(first + timedelta(days=days - 1), last))
            if slice_ not in done:
                yield slice_
                self._read.append(slice_)
            first = slice_[1] + timedelta(days=1)

    @property
    def _progress(self):
        assert self.window is not None
        first, last = self.window
        return self.home.state / "backfills" / f"{self.name}_{first}_{last}.json"

    def _done(self) -> set[tuple[date, date]]:
        if self.window is None or not self._progress.exists():
            return set()
        slices = json.loads(self._progress.read_text())
        return {(date.fromisoformat(first), date.fromisoformat(last)) for first, last in slices}

    def landed(self) -> None:
        """What has been read is in the warehouse: a backfill does not ask for it again."""
        if self.window is None or not self._read:
            return
        done = sorted({*self._done(), *self._read})
        self._progress.parent.mkdir(exist_ok=True)
        aside = self._progress.with_suffix(".new")
        aside.write_text(json.dumps([[f"{first}", f"{last}"] for first, last in done]))
        aside.replace(self._progress)

    def forget_backfill(self) -> None:
        """The window is filled: asked for again, it is read again."""
        if self.window is not None:
            self._progress.unlink(missing_ok=True)
