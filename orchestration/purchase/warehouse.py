"""The warehouse of the last night, read-only, with the settings that it was built with."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from orchestration.core.errors import ConfigError
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.core.warehouse import open_warehouse
from orchestration.publish import Publication, publications

Row = dict[str, Any]


@dataclass(frozen=True)
class Warehouse:
    """`settings`: the variables of the build. `published`: the current publication."""

    connection: duckdb.DuckDBPyConnection
    settings: dict[str, Any]
    published: Publication

    def rows(self, query: str, **parameters: Any) -> list[Row]:
        """The rows of a query with parameters `$name`, each a dict by column."""
        result = self.connection.execute(query, parameters)
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def row(self, query: str, **parameters: Any) -> Row | None:
        """The first row, or None if there is none."""
        found = self.rows(query, **parameters)
        return found[0] if found else None

    def only_row(self, query: str, **parameters: Any) -> Row:
        """The row of a query that has exactly one, such as totals."""
        (row,) = self.rows(query, **parameters)
        return row

    def number(self, query: str, **parameters: Any) -> int:
        """The first value of the first row, as a count."""
        found = self.row(query, **parameters)
        return int(next(iter(found.values())) or 0) if found else 0

    @property
    def as_of(self) -> date:
        return date.fromisoformat(self.settings["as_of"])

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.settings["time_zone"])

    @property
    def end(self) -> datetime:
        """The end of the as_of day, UTC without a zone, as the models have it."""
        midnight = datetime.combine(self.as_of + timedelta(days=1), time(), self.zone)
        return midnight.astimezone(UTC).replace(tzinfo=None)

    def local(self, moment: datetime) -> datetime:
        """A UTC time without a zone in the business zone."""
        return moment.replace(tzinfo=UTC).astimezone(self.zone)

    def delivers(self, entity: str) -> bool:
        """Whether a source is to deliver the entity."""
        query = "select count(*) from ledger.expected where entity = $entity"
        return self.number(query, entity=entity) > 0

    def in_quarantine(self, entity: str, record_id: str | None = None) -> list[Row]:
        """The rejected rows of an entity in the last night, or those of one record."""
        return self.rows(
            """
            select distinct source, file, row_number, column_name, reason
            from ledger.quarantine
            where as_of_date = $as_of and entity = $entity
                and ($record_id is null or record_id = $record_id)
            union
            select source, file, null, column_name, reason
            from ledger.unsettled
            where entity = $entity and ($record_id is null or record_id = $record_id)
            order by all
            """,
            as_of=self.as_of,
            entity=entity,
            record_id=record_id,
        )


@contextmanager
def last_night(home: Home) -> Iterator[Warehouse]:
    """The warehouse of a home, which is locked meanwhile.

    Raises ConfigError if no night was published there, or if a night is running.
    """
    current = next((one for one in publications(home) if one.is_current), None)
    if current is None or not home.warehouse.exists():
        raise ConfigError(f"no night is published in {home.root}: run `voronka nightly` first")
    # Not the lock alone: DuckDB has one process that writes or several that read.
    with home.locked(), open_warehouse(home, DuckDbLimits(), read_only=True) as connection:
        try:
            found = connection.execute("select name, value from ledger.variables").fetchall()
        except duckdb.CatalogException:
            found = []
        settings = {name: json.loads(value) for name, value in found}
        if "as_of" not in settings:
            raise ConfigError(
                f"{home.warehouse} was built by an earlier version: run `voronka nightly` first"
            )
        yield Warehouse(connection, settings, current)
