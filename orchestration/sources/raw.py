"""The raw tables of the warehouse and the ledger of what became of each row. No Dagster here."""

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date

import duckdb
import pyarrow as pa

from orchestration.core import sql
from orchestration.core.entities import ENTITIES
from orchestration.core.entity import Entity
from orchestration.core.home import Home
from orchestration.core.warehouse import create_ledger
from orchestration.sources.base import SourceConfig
from orchestration.sources.delivery import Delivery, Load

# The folders of a run's copies and of data that does not fit its memory.
SPILL_FOLDERS = "spill*"


def remove_leftovers(home: Home) -> None:
    """Remove what a killed run left of any source: copies of files and rows spilled to disk, all of
    them personal data. Only for the run that holds the home's lock."""
    for folder in home.state.glob(SPILL_FOLDERS):
        shutil.rmtree(folder)


def complete(warehouse: duckdb.DuckDBPyConnection, sources: Mapping[str, SourceConfig]) -> None:
    """Create the missing raw tables of these sources without rows: a source that has always failed,
    or did not deliver an entity, has none. Schema `contract` has an empty table of every entity
    with its columns and types, for models that read all sources together."""
    warehouse.execute("create schema if not exists contract")
    for entity in ENTITIES.values():
        warehouse.execute(f"create or replace table contract.{entity.name} as {sql.empty(entity)}")
    for name, config in sources.items():
        warehouse.execute(f"create schema if not exists raw_{name}")
        for table in config.tables:
            warehouse.execute(
                f"create table if not exists raw_{name}.{table.name} as {sql.empty(table)}"
            )


def load(
    warehouse: duckdb.DuckDBPyConnection,
    name: str,
    delivery: Delivery,
    entities: Iterable[Entity],
) -> None:
    """Write the accepted rows of these entities into schema `raw_<name>`, all of them or none.

    Rows are merged by key into a vendor's table, unless each night delivers it whole; all other
    tables are replaced.
    """
    warehouse.execute("begin")
    warehouse.execute(f"create schema if not exists raw_{name}")
    for entity in entities:
        with _registered(warehouse, delivery.reader(delivery.accepted(entity, name))):
            place = f"raw_{name}.{entity.name}"
            if entity.is_merged:
                _merge(warehouse, f"raw_{name}", entity)
            else:
                warehouse.execute(f"create or replace table {place} as from came")
    warehouse.execute("commit")


@contextmanager
def _registered(
    warehouse: duckdb.DuckDBPyConnection, rows: "pa.RecordBatchReader"
) -> Iterator[None]:
    """Within the block, the rows are the relation `came`, which can be read only once."""
    warehouse.register("came", rows)
    try:
        yield
    finally:
        warehouse.unregister("came")


def _merge(warehouse: duckdb.DuckDBPyConnection, schema: str, entity: Entity) -> None:
    """Replace the rows that have the keys of `came`. The keys of a delivery are unique already;
    another search for duplicates would sort all rows with all columns."""
    place = f"{schema}.{entity.name}"
    warehouse.execute("create or replace temp table merging as from came")
    warehouse.execute(f"create table if not exists {place} as from merging limit 0")
    _evolve(warehouse, schema, entity)
    same = " and ".join(
        f"landed.{sql.name(key)} is not distinct from merging.{sql.name(key)}" for key in entity.key
    )
    warehouse.execute(f"delete from {place} as landed using merging where {same}")
    warehouse.execute(f"insert into {place} by name from merging")
    warehouse.execute("drop table merging")


def _evolve(warehouse: duckdb.DuckDBPyConnection, schema: str, entity: Entity) -> None:
    """Give a table of an earlier version the current columns and types; otherwise numbers loaded
    into it would be rounded."""
    landed = dict(
        warehouse.execute(
            "select column_name, data_type from duckdb_columns()"
            " where schema_name = ? and table_name = ?",
            [schema, entity.name],
        ).fetchall()
    )
    for column, wanted in warehouse.execute(
        "select column_name, data_type from duckdb_columns()"
        " where database_name = 'temp' and table_name = 'merging'"
    ).fetchall():
        place = f"alter table {schema}.{entity.name}"
        if column not in landed:
            warehouse.execute(f"{place} add column {sql.name(column)} {wanted}")
        elif landed[column] != wanted:
            warehouse.execute(f"{place} alter {sql.name(column)} type {wanted}")


def upsert(
    warehouse: duckdb.DuckDBPyConnection, name: str, delivery: Delivery, table: Entity
) -> None:
    """Merge the accepted rows of a small table by key, after all other tables are landed."""
    with _registered(warehouse, delivery.reader(delivery.accepted(table, name))):
        warehouse.execute("begin")
        _merge(warehouse, f"raw_{name}", table)
        warehouse.execute("commit")


def delete_gone(
    warehouse: duckdb.DuckDBPyConnection,
    name: str,
    delivery: Delivery,
    table: Entity,
    first: date,
    last: date,
) -> None:
    """Delete the landed rows of these days of `table.time` that are not in the delivery."""
    there = warehouse.execute(
        "select 1 from information_schema.tables where table_schema = ? and table_name = ?",
        [f"raw_{name}", table.name],
    ).fetchone()
    if not there:
        return
    assert table.time is not None, f"{table.name} is undated"
    keys = sql.names(table.key)
    came = delivery.connection.execute(f"select {keys} from delivered.{table.name}")
    warehouse.register("came", came.to_arrow_table())
    same = " and ".join(f"came.{sql.name(key)} = landed.{sql.name(key)}" for key in table.key)
    warehouse.execute(
        f"delete from raw_{name}.{table.name} as landed"
        f" where {sql.name(table.time)} between ? and ?"
        f" and not exists (select 1 from came where {same})",
        [first, last],
    )
    warehouse.unregister("came")


def record_history(
    warehouse: duckdb.DuckDBPyConnection,
    name: str,
    wanted_from: date,
    as_of: date,
    window: tuple[date, date] | None,
) -> None:
    """Write into the ledger that a night up to `as_of`, or the window of a backfill, has been read
    to its end. A night begins where the one before ended: what the first one read stays."""
    create_ledger(warehouse)
    warehouse.execute("begin")
    if window:
        first, last = window
        warehouse.execute(
            "delete from ledger.history"
            " where source = ? and is_backfill and first_day = ? and last_day = ?",
            [name, first, last],
        )
    else:
        before = warehouse.execute(
            "select first_day, last_day from ledger.history where source = ? and not is_backfill",
            [name],
        ).fetchone()
        first, last = (before[0], max(before[1], as_of)) if before else (wanted_from, as_of)
        warehouse.execute("delete from ledger.history where source = ? and not is_backfill", [name])
    warehouse.execute(
        "insert into ledger.history values (?, ?, ?, ?, ?)",
        [name, first, last, wanted_from, window is not None],
    )
    warehouse.execute("commit")


def record(
    warehouse: duckdb.DuckDBPyConnection,
    name: str,
    as_of: date,
    loads: list[Load],
    rejects: pa.Table,
) -> None:
    """Write into the ledger what became of the rows of the source on the night of `as_of`."""
    create_ledger(warehouse)
    warehouse.execute("begin")
    for table in ("loads", "quarantine"):
        warehouse.execute(
            f"delete from ledger.{table} where as_of_date = ? and source = ?", [as_of, name]
        )
    # A source that fails at once has no loads.
    if loads:
        warehouse.executemany(
            f"insert into ledger.loads values ({', '.join(['?'] * 14)})",
            [
                [
                    as_of,
                    load.source,
                    load.entity,
                    load.file,
                    *(load.rows_delivered, load.rows_loaded),
                    *(load.rows_quarantined, load.rows_superseded),
                    *(load.money_delivered, load.money_loaded),
                    *(load.money_quarantined, load.money_superseded),
                    *(load.rows_read, load.rows_filtered),
                ]
                for load in loads
            ],
        )
    warehouse.register("rejects", rejects)
    warehouse.execute("insert into ledger.quarantine select ?, ?, * from rejects", [as_of, name])
    warehouse.unregister("rejects")
    warehouse.execute("commit")
