"""The shared check of a delivery: which rows are loaded, which are quarantined, and why.

A source writes its rows into one table per entity of a separate DuckDB; this module casts them to
the types of the contract and sorts them. Always: delivered = loaded + quarantined + superseded.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration.core import sql
from orchestration.core.entity import Entity
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.sources.rejected import rejected_rows
from orchestration.sources.validation import check_entity

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH_ROWS = 100_000
_deliveries = count()


@dataclass(frozen=True)
class Load:
    """What became of one file's rows of one entity. Money is in the units delivered, currencies
    mixed (None: the entity has no money). `rows_filtered`: rows the mapping left out on purpose,
    which are no part of `rows_delivered`; `rows_read`: what its query was asked over (None: it has
    none). `seconds`: reading and mapping the file."""

    source: str
    entity: str
    file: str | None
    rows_delivered: int
    rows_loaded: int
    rows_quarantined: int
    rows_superseded: int
    seconds: float
    rows_filtered: int = 0
    money_delivered: Decimal | None = None
    money_loaded: Decimal | None = None
    money_quarantined: Decimal | None = None
    money_superseded: Decimal | None = None
    rows_read: int | None = None


@dataclass
class _Reading:
    """`restates`: the mapping of a file and its place in it, if the later file of that mapping
    wins: of rows with the same key in two files, the one in the later file is loaded."""

    seconds: float = 0.0
    rows_filtered: int = 0
    rows_read: int | None = None
    restates: tuple[int, int] | None = None


@dataclass
class Delivery:
    """The rows of one source, entity by entity, in the order they were delivered."""

    connection: duckdb.DuckDBPyConnection
    readings: dict[str, dict[str, _Reading]] = field(default_factory=dict)
    _entities: dict[str, Entity] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Drop all tables for the next delivery. Deleted rows alone would stay in memory."""
        self.readings.clear()
        self._entities.clear()
        self.connection.execute(
            """
            drop schema if exists delivered cascade;
            create schema delivered;
            create or replace table rejected (
                entity varchar, row_id bigint, column_name varchar, value varchar, reason varchar
            );
            create or replace table superseded (entity varchar, row_id bigint);
            create or replace table restating (
                entity varchar, file varchar, _mapping integer, _place integer
            );
            """
        )

    @property
    def entities(self) -> list[Entity]:
        """The entities in the order of opening; sources open referenced entities first."""
        return list(self._entities.values())

    def open(self, entity: Entity, file: str) -> _Reading:
        """Record that `file` delivers rows of the entity, so that it is counted even without
        rows."""
        if entity.name not in self._entities:
            self._entities[entity.name] = entity
            columns = ", ".join(f"{sql.name(c.name)} {c.sql_type}" for c in entity.columns)
            self.connection.execute(
                f"create table delivered.{entity.name} ({columns}, _file varchar, _row bigint, "
                "_problems struct(column_name varchar, value varchar, reason varchar)[])"
            )
        return self.readings.setdefault(entity.name, {}).setdefault(file, _Reading())

    @contextmanager
    def reading(self, entity: Entity, file: str) -> Iterator[_Reading]:
        """`open`, and count the seconds of the block as time of that file."""
        reading, start = self.open(entity, file), time.perf_counter()
        yield reading
        reading.seconds += time.perf_counter() - start

    def add(self, entity: Entity, relation: str, columns: list[str]) -> None:
        """Append the rows of `relation`, an SQL query with `columns` of the entity and `_file`,
        `_row` and `_problems`. A column it lacks or leaves empty takes the entity's default."""
        values = [_value(entity, column, column in columns) for column in entity.column_names]
        self.connection.execute(
            f"insert into delivered.{entity.name} "
            f"select {', '.join(values)}, _file, _row, _problems from ({relation})"
        )

    def rows(self, entity: Entity) -> int:
        """How many rows of the entity have been delivered so far."""
        counted = self.connection.execute(f"select count(*) from delivered.{entity.name}")
        return int(sql.only_row(counted)[0])

    def check(self) -> None:
        """Check every row; call it once, when all rows are there."""
        delivered = {entity.name for entity in self.entities}
        restating = [
            (entity, file, *reading.restates)
            for entity, files in self.readings.items()
            for file, reading in files.items()
            if reading.restates
        ]
        if restating:
            self.connection.executemany("insert into restating values (?, ?, ?, ?)", restating)
        for entity in self.entities:
            check_entity(self.connection, entity, delivered)

    def loads(self, source: str) -> list[Load]:
        """The counts, one per entity and file, in the order of delivery."""
        return [
            Load(
                *(source, entity.name, file, *rows, reading.seconds, reading.rows_filtered),
                *(*money, reading.rows_read),
            )
            for entity in self.entities
            for file, reading in self.readings[entity.name].items()
            for rows, money in [self._counts(entity, file)]
        ]

    def _counts(self, entity: Entity, file: str) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """Rows and money, each delivered, loaded, quarantined and superseded."""
        verdicts = ("true", "verdict is null", "verdict = 'rejected'", "verdict = 'superseded'")
        rows = [f"count(*) filter (where {verdict})" for verdict in verdicts]
        money = [
            f"coalesce(sum({entity.money}) filter (where {verdict}), 0)" if entity.money else "null"
            for verdict in verdicts
        ]
        counts = self.connection.execute(
            f"""
            with verdicts as (
                select distinct row_id, 'rejected' as verdict
                from rejected where entity = $entity
                union all
                select row_id, 'superseded' from superseded where entity = $entity
            )
            select {", ".join([*rows, *money])}
            from delivered.{entity.name} as delivered
            left join verdicts on delivered.rowid = verdicts.row_id
            where _file = $file
            """,
            {"entity": entity.name, "file": file},
        )
        row = sql.only_row(counts)
        return row[:4], row[4:]

    def accepted(self, entity: Entity, source: str) -> str:
        """The query of the rows to load, in the order of delivery."""
        left_out = " union all ".join(
            f"select row_id from {table} where entity = {sql.text(entity.name)}"
            for table in ("rejected", "superseded")
        )
        return f"""
            select
                {sql.names(entity.column_names)},
                {sql.text(source)} as source, _file, _row
            from delivered.{entity.name}
            where rowid not in ({left_out})
        """

    def reader(self, query: str) -> "pa.RecordBatchReader":
        """A query's rows as Arrow, batch by batch."""
        return self.connection.cursor().execute(query).to_arrow_reader(_BATCH_ROWS)

    def rejects(self) -> "pa.Table":
        """The quarantine: entity, file, row_number, record_id, column_name, value, reason."""
        return self.rejected(self.entities).drop_columns(["has_key", "happened_on"])

    def rejected(self, entities: list[Entity]) -> "pa.Table":
        """The rejected values of these entities; also whether the whole key could be read, and the
        day of rows that have a day but no time."""
        return self.connection.execute(rejected_rows(entities)).to_arrow_table()


@contextmanager
def open_delivery(home: Home, limits: DuckDbLimits) -> Iterator[Delivery]:
    """A delivery in memory that spills into the home folder when it exceeds the limit."""
    # Neither the warehouse's folder nor that of another source: they are open at once, and DuckDB
    # gives spill files equal names.
    spill = home.state / f"spill_delivery_{next(_deliveries)}"
    connection = duckdb.connect(
        config={"memory_limit": limits.memory, "temp_directory": str(spill)}
    )
    try:
        if limits.threads:
            connection.execute(f"set threads = {limits.threads}")
        yield Delivery(connection)
    finally:
        connection.close()


def _value(entity: Entity, column_name: str, is_there: bool) -> str:
    column = entity.column(column_name)
    given = f"cast({sql.name(column_name)} as {column.sql_type})" if is_there else "null"
    return f"coalesce({given}, {sql.text(column.default)})" if column.default else given
