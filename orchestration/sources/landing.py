"""Landing: what a source delivers becomes the raw tables of the warehouse and rows of the ledger.

No Dagster here. dlt loads the rows; this module decides which and counts them.
"""

import os
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import duckdb

from orchestration.errors import SourceError
from orchestration.home import Home
from orchestration.settings import Limits
from orchestration.sources import sql
from orchestration.sources.base import SourceConfig
from orchestration.sources.delivery import Delivery, Load, open_delivery
from orchestration.sources.demo.config import DemoSource
from orchestration.sources.entities import ENTITIES, Entity
from orchestration.sources.files.config import FilesSource
from orchestration.sources.window import keep_other_days
from orchestration.warehouse import create_ledger, open_warehouse

__all__ = ["Load", "expose", "extract_source", "land"]


def land(
    name: str,
    config: SourceConfig,
    home: Home,
    limits: Limits,
    folder: Path,
    as_of: date,
    progress: Callable[[Load], None] | None = None,
    window: tuple[date, date] | None = None,
    zone: str = "UTC",
) -> list[Load]:
    """Load all that the source `name` delivers into schema `raw_<name>` of the warehouse, and
    write what became of it into the ledger under `as_of`, replacing what stood there.

    `folder`: where relative paths of the config start. `window`: take only these days of `zone`
    (first and last included) from the source and leave the others as they are landed. `progress`
    is told of each file when its rows are judged. Raises ConfigError and SourceError, both before
    anything in the warehouse is touched.
    """
    with open_delivery(home, limits) as delivery:
        extract_source(delivery, config, folder, home)
        if window:
            with open_warehouse(home, limits) as warehouse:
                keep_other_days(delivery, warehouse, name, window, zone)
        delivery.check()
        loads = delivery.loads(name)
        for load in loads:
            if progress:
                progress(load)
        with open_warehouse(home, limits) as warehouse:
            _load(warehouse, name, delivery, home)
            _record(warehouse, name, as_of, loads, delivery)
    return loads


def expose(connection: duckdb.DuckDBPyConnection, names: Iterable[str]) -> None:
    """Make schema `landing`: one view per entity over the raw tables of these sources, with the
    same columns whether a source delivers the entity or not."""
    raw = {
        tuple(row)
        for row in connection.execute(
            "select table_schema, table_name from information_schema.tables"
        ).fetchall()
    }
    connection.execute("create schema if not exists landing")
    for entity in ENTITIES.values():
        columns = f"source, {sql.names(entity.column_names)}, _file, _row"
        delivered = [
            f"select {columns} from raw_{name}.{entity.name}"
            for name in sorted(names)
            if (f"raw_{name}", entity.name) in raw
        ]
        connection.execute(
            f"create or replace view landing.{entity.name} as "
            + (" union all ".join(delivered) or _empty(entity))
        )


def _empty(entity: Entity) -> str:
    columns = ", ".join(f"cast(null as {c.sql_type}) as {sql.name(c.name)}" for c in entity.columns)
    return (
        f"select cast(null as varchar) as source, {columns}, "
        "cast(null as varchar) as _file, cast(null as bigint) as _row where false"
    )


def extract_source(delivery: Delivery, config: SourceConfig, folder: Path, home: Home) -> None:
    """Read the source into the delivery, by its type. Raises ConfigError and SourceError."""
    match config:
        case FilesSource():
            from orchestration.sources.files.extract import extract

            extract(delivery, config, folder, home.state / "spill")
        case DemoSource():
            from orchestration.sources.demo.extract import extract

            extract(delivery, config, home.state / "demo_truths.json")
        case _:
            raise SourceError(f"source type {type(config).__name__} has no extraction")


def _load(
    warehouse: duckdb.DuckDBPyConnection,
    name: str,
    delivery: Delivery,
    home: Home,
) -> None:
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
    import dlt

    def resource(entity: Entity) -> "dlt.sources.DltResource":
        return dlt.resource(
            delivery.batches(delivery.accepted(entity, name)),
            name=entity.name,
            # Arrow knows the types; only that times have no zone has to be said again.
            columns={
                column.name: {"data_type": "timestamp", "timezone": False}
                for column in entity.columns
                if column.type == "timestamp"
            },
            write_disposition="replace",
        )

    @dlt.source(name=name)
    def deliveries() -> "list[dlt.sources.DltResource]":
        return [resource(entity) for entity in delivery.entities]

    pipeline = dlt.pipeline(
        f"land_{name}",
        pipelines_dir=str(work),
        destination=dlt.destinations.duckdb(warehouse),
        dataset_name=f"raw_{name}",
    )
    # A run that was killed leaves packages behind: this one brings everything anew.
    pipeline.abort_packages()
    pipeline.run(deliveries(), loader_file_format="parquet")
    _drop_undelivered(warehouse, name, delivery)


def _drop_undelivered(warehouse: duckdb.DuckDBPyConnection, name: str, delivery: Delivery) -> None:
    for entity_name in ENTITIES.keys() - {entity.name for entity in delivery.entities}:
        warehouse.execute(f"drop table if exists raw_{name}.{entity_name}")


def _record(
    warehouse: duckdb.DuckDBPyConnection,
    name: str,
    as_of: date,
    loads: list[Load],
    delivery: Delivery,
) -> None:
    create_ledger(warehouse)
    rejects = delivery.rejects()
    warehouse.execute("begin")
    for table in ("loads", "quarantine"):
        warehouse.execute(
            f"delete from ledger.{table} where as_of_date = ? and source = ?", [as_of, name]
        )
    warehouse.executemany(
        f"insert into ledger.loads values ({', '.join(['?'] * 12)})",
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
            ]
            for load in loads
        ],
    )
    warehouse.register("rejects", rejects)
    warehouse.execute("insert into ledger.quarantine select ?, ?, * from rejects", [as_of, name])
    warehouse.unregister("rejects")
    warehouse.execute("commit")
