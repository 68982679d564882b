"""The context of a vendor's extraction: the landed rows, and the target of its pages."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from orchestration.core import sql
from orchestration.core.files import write_whole
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.core.warehouse import open_warehouse
from orchestration.sources.connectors.dead_letters import DeadLetters
from orchestration.sources.connectors.high_water import HighWaterMarks, cursors
from orchestration.sources.connectors.pace import Pace
from orchestration.sources.connectors.pages import Pages
from orchestration.sources.connectors.tables import Table
from orchestration.sources.delivery import Delivery


@dataclass
class Extraction:
    """One source on one night.

    `as_of`: the last day that is wanted. `window`: only these days, both ends included (a
    backfill). `say` tells a person who waits what is being done, `pace` how far it is.
    """

    name: str
    home: Home
    limits: DuckDbLimits
    as_of: date
    pages: Pages
    dead_letters: DeadLetters
    window: tuple[date, date] | None = None
    say: Callable[[str], None] = lambda text: None
    pace: Pace = field(default_factory=Pace)
    _read: list[tuple[str, date, date]] = field(default_factory=list)
    _tables: list[Table] = field(default_factory=list)
    _marks: HighWaterMarks = field(init=False)

    def __post_init__(self) -> None:
        self._marks = HighWaterMarks(self.home.state / "backfills" / f"{self.name}.nights.json")

    def begin(self, tables: Iterable[Table]) -> None:
        """Read the high-water marks of these tables; a backfill does not move them."""
        self._tables = [one for one in tables if not one.replaced and cursors(one)]
        self._marks.read(self._tables)
        if self.window:
            if not self._marks.are_kept:
                for one in self._tables:
                    self._marks.move(one, self._landed_newest(one, cursors(one)))
            self._marks.write(self.window[1])

    def newest(self, table: Table, column: str) -> Any:
        """The high-water mark of the cursor `column`, or None. A read begins there, minus the
        overlap. It is read from the landed rows, so that a failed load does not move it; only
        between a backfill and the next night it is read from a file. Values later than now do not
        count: a row that an integration dated ahead would hide all changes up to that moment."""
        if self._marks.are_kept:
            return self._marks.newest(table, column)
        return self._landed_newest(table, [column]).get(column)

    def _landed_newest(self, table: Table, columns: list[str]) -> dict[str, Any]:
        found = self._landed(table, _newest(table, columns))
        return found[0] if found else {}

    def rows(self, table: Table, where: str = "true") -> list[dict[str, Any]]:
        """The landed rows of a small table, or those that meet the SQL condition."""
        return self._landed(table, sql.names(table.column_names), where)

    def keys(self, table: Table, where: str) -> list[str]:
        """The keys of the landed rows that meet the SQL condition, of a table with one key column
        of text."""
        (key,) = table.key
        return [row[key] for row in self._landed(table, sql.name(key), where)]

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

    def dead_letter_keys(self, table: Table) -> set[str]:
        """The keys of the table's dead letters; report by `gone` which of them no longer exist."""
        with open_warehouse(self.home, self.limits, compact=False) as warehouse:
            return self.dead_letters.keys(warehouse, table)

    def gone(self, table: Table, ids: Iterable[str]) -> None:
        """Resolve the dead letters of these keys: the vendor no longer has such rows."""
        self.dead_letters.gone(table, ids)

    def slices(
        self, first: date, last: date, days: int, of: str = ""
    ) -> Iterator[tuple[date, date]]:
        """The days from first to last, both included, in slices of `days` days, the oldest first.
        `of`: what is read of them, where that is not all there is.

        Yield after each slice: an interrupted backfill then continues after the landed slices.
        """
        done = self._done()
        begin, whole = first, (last - first).days + 1
        self.pace.begin()
        while first <= last:
            self.pace.reach((first - begin).days / whole)
            end = min(first + timedelta(days=days - 1), last)
            if (of, first, end) not in done:
                yield first, end
                self._read.append((of, first, end))
            first = end + timedelta(days=1)

    @property
    def _progress(self) -> Path:
        assert self.window is not None
        first, last = self.window
        return self.home.state / "backfills" / f"{self.name}_{first}_{last}.json"

    def _done(self) -> set[tuple[str, date, date]]:
        if self.window is None or not self._progress.exists():
            return set()
        return {
            (of, date.fromisoformat(first), date.fromisoformat(last))
            for of, first, last in json.loads(self._progress.read_text())
        }

    def merged(self, delivery: Delivery) -> None:
        """Raise the high-water marks: the rows of the delivery are in the warehouse."""
        if self.window or not self._marks.are_kept:
            return
        opened = {one.name for one in delivery.entities}
        for table in self._tables:
            if table.name in opened:
                names, rows = cursors(table), delivery.accepted(table, self.name)
                newest = delivery.connection.execute(
                    f"select {_newest(table, names)} from ({rows})"
                )
                self._marks.move(table, dict(zip(names, sql.only_row(newest), strict=True)))
        self._marks.write()

    def landed(self) -> None:
        """The rows read so far are in the warehouse: a backfill does not request them again."""
        if self.window is None or not self._read:
            return
        done = sorted({*self._done(), *self._read})
        days = [[of, f"{first}", f"{last}"] for of, first, last in done]
        write_whole(self._progress, json.dumps(days))

    def end(self) -> None:
        """All has been read. A backfill's window is complete; if requested again, it is read again.
        A night has read the days between the earlier nights and those of a backfill."""
        if self.window:
            self._progress.unlink(missing_ok=True)
        else:
            self._marks.discard(self.as_of)


def _newest(table: Table, columns: list[str]) -> str:
    """SQL of the largest value of each cursor that is not later than now."""
    now = datetime.now(UTC)
    latest = {
        "timestamp": f"timestamp '{now:%Y-%m-%d %H:%M:%S}'",
        # Days of the vendor's zone, which may be ahead of UTC.
        "date": f"date '{now.date() + timedelta(days=1)}'",
        "integer": f"{int(now.timestamp())}",
    }
    return ", ".join(
        f"max({sql.name(one)}) filter ({sql.name(one)} <= {latest[table.column(one).type]})"
        f" as {sql.name(one)}"
        for one in columns
    )
