"""The raw tables of the warehouse and the ledger of what became of each row. No Dagster here."""

import os
import shutil
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from orchestration.core import sql
from orchestration.core.entities import ENTITIES, Entity
from orchestration.core.home import Home
from orchestration.core.warehouse import create_ledger
from orchestration.sources.base import SourceConfig
from orchestration.sources.delivery import Delivery, Load

# Where a run lays copies and what outgrows its memory.
SPILL_FOLDERS = ("spill", "spill_delivery")


def isolate_dlt(home: Home) -> Path:
    """Call it before dlt is imported: it keeps to the folder that is returned, and to itself."""
    work = home.state / "dlt"
    # dlt would look for its own config in the working directory and the user's home.
    os.environ.update(
        DLT_PROJECT_DIR=str(work),
        DLT_DATA_DIR=str(work),
        RUNTIME__DLTHUB_TELEMETRY="false",
        RUNTIME__LOG_LEVEL="CRITICAL",
        LOAD__TRUNCATE_STAGING_DATASET="true",
        # The packages hold clients' data: they go as soon as they are loaded.
        LOAD__DELETE_COMPLETED_JOBS="true",
    )
    return work


def remove_leftovers(home: Home) -> None:
    """Remove what a killed run left of any source: copies of its files and rows that outgrew the
    memory, all of clients' data, and packages of rows that were never loaded. dlt finds out anew at
    the warehouse what it has forgotten with them. Only for the run that holds the home's lock."""
    for spill in SPILL_FOLDERS:
        if (folder := home.state / spill).exists():
            shutil.rmtree(folder)
    for pipeline in (home.state / "dlt").glob("land_*"):
        if any(
            any(pipeline.glob(f"{packages}/*"))
            for packages in ("normalize/extracted", "load/new", "load/normalized")
        ):
            shutil.rmtree(pipeline)


def complete(warehouse: duckdb.DuckDBPyConnection, sources: Mapping[str, SourceConfig]) -> None:
    """Make the raw tables of these sources that are not there, without rows: a source that has
    failed up to now, or did not deliver an entity, has none. Schema `contract` has a table without
    rows of every entity: its columns and their types, for whoever reads all sources together."""
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
    home: Home,
) -> None:
    """Bring the accepted rows of these entities into schema `raw_<name>`, in one dlt run.

    A table of a vendor takes them in by key, unless each night brings it whole; all others are
    replaced.
    """
    work = isolate_dlt(home)
    import dlt

    entities = list(entities)
    _widen(warehouse, name, entities)

    def resource(entity: Entity) -> "dlt.sources.DltResource":
        hints: dict[str, Any] = {"write_disposition": "replace"}
        if entity.is_merged:
            # To look for rows of one key once more would sort them all, with all their columns.
            merge = {"disposition": "merge", "strategy": "delete-insert", "deduplicated": True}
            hints = {"write_disposition": merge, "primary_key": entity.key}
        # Arrow knows the types; only that times have no zone has to be said again.
        times: Any = {
            column.name: {"data_type": "timestamp", "timezone": False}
            for column in entity.columns
            if column.type == "timestamp"
        }
        rows = delivery.batches(delivery.accepted(entity, name))
        loaded: dlt.sources.DltResource = dlt.resource(
            rows, name=entity.name, columns=times, **hints
        )
        return loaded

    @dlt.source(name=name)
    def deliveries() -> "list[dlt.sources.DltResource]":
        return [resource(entity) for entity in entities]

    pipeline = dlt.pipeline(
        f"land_{name}",
        pipelines_dir=str(work),
        destination=dlt.destinations.duckdb(warehouse),
        dataset_name=f"raw_{name}",
    )
    # A run that was killed leaves packages behind: this one brings everything anew.
    pipeline.abort_packages()
    pipeline.run(deliveries(), loader_file_format="parquet")


def _widen(warehouse: duckdb.DuckDBPyConnection, name: str, entities: Iterable[Entity]) -> None:
    """Give the decimals of landed tables the types of now. A table that an earlier version made
    keeps its own, and what is loaded into it would be rounded."""
    types = {
        (entity.name, column.name): column.sql_type.replace(" ", "").upper()
        for entity in entities
        for column in entity.columns
    }
    for schema, table, column, landed in warehouse.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns()"
        " where schema_name in ($raw, $raw || '_staging') and data_type like 'DECIMAL%'",
        {"raw": f"raw_{name}"},
    ).fetchall():
        wanted = types.get((table, column), landed)
        if wanted != landed:
            warehouse.execute(
                f"alter table {sql.name(schema)}.{sql.name(table)}"
                f" alter {sql.name(column)} type {wanted}"
            )


def upsert(
    warehouse: duckdb.DuckDBPyConnection, name: str, delivery: Delivery, table: Entity
) -> None:
    """Bring the accepted rows of a small table in by key, once all others are landed."""
    came = delivery.connection.execute(delivery.accepted(table, name)).to_arrow_table()
    place = f"raw_{name}.{table.name}"
    warehouse.register("came", came)
    warehouse.execute("begin")
    warehouse.execute(f"create table if not exists {place} as from came limit 0")
    keys = sql.names(table.key)
    warehouse.execute(f"delete from {place} where ({keys}) in (select ({keys}) from came)")
    warehouse.execute(f"insert into {place} by name from came")
    warehouse.execute("commit")
    warehouse.unregister("came")


def delete_gone(
    warehouse: duckdb.DuckDBPyConnection,
    name: str,
    delivery: Delivery,
    table: Entity,
    first: date,
    last: date,
) -> None:
    """Delete the landed rows of these days of `table.time` that are no part of the delivery."""
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
    # A source that fails at once has none.
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
