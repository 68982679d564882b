"""Landing: what a source delivers becomes the raw tables of the warehouse and rows of the ledger.

No Dagster here. dlt loads the rows; this module decides which and counts them.
"""

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import duckdb

from orchestration.core import sql
from orchestration.core.entities import ENTITIES
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.core.warehouse import open_warehouse
from orchestration.sources import raw
from orchestration.sources.base import EntitySource, ExtractContext
from orchestration.sources.connectors.base import ConnectorSource
from orchestration.sources.connectors.slices import land_connector
from orchestration.sources.delivery import Delivery, Load, open_delivery
from orchestration.sources.window import keep_other_days

__all__ = ["Load", "expose", "land"]


def land(
    name: str,
    config: EntitySource | ConnectorSource,
    home: Home,
    limits: DuckDbLimits,
    folder: Path,
    as_of: date,
    progress: Callable[[Load], None] | None = None,
    window: tuple[date, date] | None = None,
    zone: str = "UTC",
    say: Callable[[str], None] = lambda text: None,
) -> list[Load]:
    """Load all that the source `name` delivers into schema `raw_<name>` of the warehouse, and
    write what became of it into the ledger under `as_of`, replacing what stood there.

    `folder`: where relative paths of the config start. `window`: take only these days of `zone`
    (first and last included) from the source and leave the others as they are landed. `progress`
    is told of each file when its rows are judged, `say` of what a vendor is being asked for.
    Raises ConfigError and SourceError, both before anything in the warehouse is touched; what a
    vendor delivered before it failed stays.
    """
    if isinstance(config, ConnectorSource):
        return land_connector(name, config, home, limits, as_of, progress, window, say)
    raw.isolate_dlt(home)
    with open_delivery(home, limits) as delivery:
        landing = config.extract(
            ExtractContext(name, delivery, folder, home, limits, as_of, window)
        )
        if window:
            with open_warehouse(home, limits) as warehouse:
                keep_other_days(delivery, warehouse, name, window, zone)
        delivery.check()
        loads = delivery.loads(name)
        for load in loads:
            if progress:
                progress(load)
        with landing, open_warehouse(home, limits) as warehouse:
            raw.load(warehouse, name, delivery, delivery.entities, home)
            _drop_undelivered(warehouse, name, delivery)
            raw.record(warehouse, name, as_of, loads, delivery.rejects())
    return loads


def expose(connection: duckdb.DuckDBPyConnection, names: Iterable[str]) -> None:
    """Make schema `landing`: one view per entity over all of these sources, with the same columns
    whether a source delivers the entity or not. A vendor's entities are those of its schema
    `conformed_<source>`, all others' the raw tables."""
    there: dict[str, set[str]] = {}
    for schema, table in connection.execute(
        "select table_schema, table_name from information_schema.tables"
    ).fetchall():
        there.setdefault(schema, set()).add(table)
    schemas = [
        f"conformed_{name}" if f"conformed_{name}" in there else f"raw_{name}"
        for name in sorted(names)
    ]
    connection.execute("create schema if not exists landing")
    for entity in ENTITIES.values():
        columns = f"source, {sql.names(entity.column_names)}, _file, _row"
        delivered = [
            f"select {columns} from {schema}.{entity.name}"
            for schema in schemas
            if entity.name in there.get(schema, ())
        ]
        connection.execute(
            f"create or replace view landing.{entity.name} as "
            + (" union all ".join(delivered) or sql.empty(entity))
        )


def _drop_undelivered(warehouse: duckdb.DuckDBPyConnection, name: str, delivery: Delivery) -> None:
    for entity_name in ENTITIES.keys() - {entity.name for entity in delivery.entities}:
        warehouse.execute(f"drop table if exists raw_{name}.{entity_name}")
