"""Loads an opened file into a delivery, and compares the row count with that of the file."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from orchestration.core import sql
from orchestration.core.entity import Entity
from orchestration.core.errors import SourceError
from orchestration.sources.delivery import Delivery
from orchestration.sources.files.config import FileMapping
from orchestration.sources.files.readers import file_format, open_file, read_errors
from orchestration.sources.mapping.reading import TextTable

# The column that rows of a file are counted by.
_BY = {"xlsx": "XML", "parquet": "footer", "json": "brackets", "jsonl": "line ends"}


@dataclass(frozen=True)
class OpenFile:
    """A file whose columns are known. `file`: its name in the ledger; `written`: its size and the
    time of its last change when it was opened."""

    delivery: Delivery
    path: Path
    file: str
    kind: str
    table: TextTable
    written: tuple[int, int]

    def load(self, entity: Entity, add: Callable[[], None], collapses: bool = False) -> None:
        """Call `add` to add the rows of the table to the delivery, then add malformed lines.
        `collapses`: `add` may merge rows into fewer. Raises SourceError if rows are lost, or if
        the file is still being written."""
        before = self._known(entity)
        with read_errors(self.path, self.kind):
            add()
            malformed = self._add_malformed(entity) if self.table.malformed else 0
            found = self._known(entity) - before
            if collapses:
                counted = f"select count(*) from ({self.table.relation})"
                found = sql.only_row(self.delivery.connection.execute(counted))[0] + malformed
                # Reading a file again rejects its lines again.
                self._forget_rejects()
        if _written(self.path) != self.written:
            raise SourceError(
                f"{self.path} changed while it was read: run the night when the export is done, or"
                " let the export write another name and rename the file at its end"
            )
        if self.table.held is not None and found != self.table.held:
            raise SourceError(
                f"{self.path} holds {self.table.held:,} rows by its"
                f" {_BY.get(self.kind, 'line ends')}, but {found:,} were read: nothing of it is"
                " loaded"
            )

    def _known(self, entity: Entity) -> int:
        """The number of rows delivered or left out so far."""
        return self.delivery.rows(entity) + self.delivery.open(entity, self.file).rows_filtered

    def _add_malformed(self, entity: Entity) -> int:
        """Deliver malformed lines, which are quarantined, and correct the numbers of the rows after
        them, which were counted without them. Returns the number of malformed lines."""
        connection, table = self.delivery.connection, self.table
        connection.execute(f"create or replace temp table malformed as {table.malformed}")
        self._forget_rejects()
        found = int(sql.only_row(connection.execute("select count(*) from malformed"))[0])
        if not found and not table.skipped:
            return 0
        skipped = f" union all {table.skipped}" if table.skipped else ""
        connection.execute(
            f"""
            update delivered.{entity.name} set _row = _row + (
                select count(*)
                from (
                    select _row - row_number() over (order by _row) as rows_before
                    from (select _row from malformed{skipped})
                )
                where rows_before < delivered.{entity.name}._row
            )
            where _file = {sql.text(self.file)}
            """
        )
        unread = (
            f"select {sql.text(self.file)} as _file, _row, "
            "[{'column_name': null, 'value': null, 'reason': _unread}] as _problems from malformed"
        )
        self.delivery.add(entity, unread, [])
        return found

    def _forget_rejects(self) -> None:
        self.delivery.connection.execute(
            "drop table if exists reject_errors; drop table if exists reject_scans"
        )


def opened(
    delivery: Delivery, path: Path, file: str, mapping: FileMapping, scratch: Path
) -> OpenFile:
    """Open the file at `path`, named `file` in the ledger. Copies of it go to `scratch`. Raises
    SourceError if it cannot be read."""
    written = _written(path)
    table = open_file(delivery.connection, path, mapping, scratch)
    return OpenFile(delivery, path, file, file_format(path, mapping), table, written)


def _written(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns
