"""From an opened file to rows of a delivery, counted against what the file is known to hold."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from orchestration.core import sql
from orchestration.core.entities import Entity
from orchestration.core.errors import SourceError
from orchestration.sources.delivery import Delivery
from orchestration.sources.files.config import FileMapping
from orchestration.sources.files.readers import file_format, open_file, read_errors
from orchestration.sources.mapping.reading import TextTable

# What the rows of a file are counted by.
_BY = {"xlsx": "XML", "parquet": "footer", "json": "brackets", "jsonl": "line ends"}


@dataclass(frozen=True)
class OpenFile:
    """A file whose columns are known. `file`: what the ledger calls it."""

    delivery: Delivery
    path: Path
    file: str
    kind: str
    table: TextTable

    def load(self, entity: Entity, add: Callable[[], None], collapses: bool = False) -> None:
        """Have `add` bring the rows of the table into the delivery, and lines that are no rows
        after them. `collapses`: it may make fewer rows of them. SourceError where rows are lost."""
        before = self._known(entity)
        with read_errors(self.path, self.kind):
            add()
            malformed = self._add_malformed(entity) if self.table.malformed else 0
            found = self._known(entity) - before
            if collapses:
                counted = f"select count(*) from ({self.table.relation})"
                found = sql.only_row(self.delivery.connection.execute(counted))[0] + malformed
                # What is read once more is rejected once more.
                self._forget_rejects()
        if self.table.held is not None and found != self.table.held:
            raise SourceError(
                f"{self.path} holds {self.table.held:,} rows by its"
                f" {_BY.get(self.kind, 'line ends')}, but {found:,} were read: nothing of it is"
                " loaded"
            )

    def _known(self, entity: Entity) -> int:
        """How many rows are delivered or left out so far."""
        return self.delivery.rows(entity) + self.delivery.open(entity, self.file).rows_filtered

    def _add_malformed(self, entity: Entity) -> int:
        """Lines that are no rows are delivered and quarantined, and the rows after them, which were
        counted without them, get their true row numbers. How many there are."""
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
    """The file at `path`, which the ledger calls `file`. Copies of it go to `scratch`. SourceError
    where it cannot be read."""
    table = open_file(delivery.connection, path, mapping, scratch)
    return OpenFile(delivery, path, file, file_format(path, mapping), table)
