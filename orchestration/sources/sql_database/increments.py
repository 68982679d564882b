"""Incremental reads of tables with a cursor: from when to read, and the landed rows to keep."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

from orchestration.core import sql
from orchestration.core.entity import Entity
from orchestration.core.files import write_whole
from orchestration.core.warehouse import open_warehouse
from orchestration.sources.base import ExtractContext
from orchestration.sources.sql_database.config import SqlSource, TableMapping
from orchestration.sources.window import is_landed, keep

_DAY = timedelta(days=1)


@dataclass
class Increments:
    """The tables of the source on one night. New rows are those after the landed ones; only the
    time of the last full read and its mapping are stored."""

    config: SqlSource
    context: ExtractContext
    _whole: dict[str, dict[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        self._whole = json.loads(self._path.read_text()) if self._path.exists() else {}

    def since(self, entity: Entity, mapping: TableMapping) -> datetime | None:
        """The moment from which on the table is to be read, None for the whole of it: a window is
        asked for, nothing is landed, the mapping has changed, the sweep is due, or rows lie in
        quarantine, which would else be forgotten."""
        if mapping.cursor is None or self.context.window:
            return None
        before = self._whole.get(_key(entity, mapping))
        tonight = {"mapping": self._fingerprint(mapping), "read": f"{self.context.as_of}"}
        newest = None
        if before and before["mapping"] == tonight["mapping"]:
            sweep = timedelta(days=mapping.sweep_days) if mapping.sweep_days else timedelta.max
            if self.context.as_of - date.fromisoformat(before["read"]) < sweep:
                newest = self._newest(entity, mapping)
        if newest is None:
            self._whole[_key(entity, mapping)] = tonight
            return None
        return newest - timedelta(hours=mapping.overlap_hours)

    def keep(self, entity: Entity, files: list[str]) -> None:
        """Deliver again the landed rows of these tables that were not read tonight."""
        context, condition = self.context, f"_file in ({sql.texts(files)})"
        with open_warehouse(context.home, context.limits) as warehouse:
            keep(context.delivery, warehouse, context.name, entity, condition)

    @contextmanager
    def landing(self) -> Iterator[None]:
        """Wraps the landing of the rows: if it fails, the next night reads all tables in full."""
        self._path.unlink(missing_ok=True)
        yield
        write_whole(self._path, json.dumps(self._whole, indent=1))

    def _newest(self, entity: Entity, mapping: TableMapping) -> datetime | None:
        """The largest landed cursor. A cursor in the future would stop all further reads."""
        column = sql.name(mapping.landed_cursor(entity))
        with open_warehouse(self.context.home, self.context.limits) as warehouse:
            if not is_landed(warehouse, self.context.name, entity):
                return None
            unsettled = warehouse.execute(
                "select 1 from ledger.loads where source = $source and entity = $entity"
                " and file = $file and rows_quarantined > 0 and as_of_date ="
                " (select max(as_of_date) from ledger.loads where source = $source)",
                {"source": self.context.name, "entity": entity.name, "file": mapping.table},
            ).fetchone()
            if unsettled:
                return None
            newest = warehouse.execute(
                f"select cast(max({column}) as timestamp)"
                f" from raw_{self.context.name}.{entity.name} where _file = ? and {column} <= ?",
                [mapping.table, datetime.combine(self.context.as_of + 2 * _DAY, time())],
            )
            moment: datetime | None = sql.only_row(newest)[0]
            return moment

    @property
    def _path(self) -> Path:
        return self.context.home.state / "sql" / f"{self.context.name}.json"

    def _fingerprint(self, mapping: TableMapping) -> str:
        said = f"{self.config.time_zone} {self.config.currency} {mapping.model_dump_json()}"
        return hashlib.sha256(said.encode()).hexdigest()


def _key(entity: Entity, mapping: TableMapping) -> str:
    return f"{entity.name} of {mapping.table}"
