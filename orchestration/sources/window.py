"""A backfill: the days of a window come from the source, all other days from what is landed."""

from datetime import date

import duckdb

from orchestration.core import sql
from orchestration.core.entity import Entity
from orchestration.sources.delivery import Delivery


def keep_other_days(
    delivery: Delivery,
    warehouse: duckdb.DuckDBPyConnection,
    name: str,
    window: tuple[date, date],
    zone: str,
) -> None:
    """Replace what the source `name` delivered outside the window (first and last day of `zone`)
    by the rows that its raw tables hold there.

    A delivered row without a readable time stays and is checked. An undated entity is taken as
    delivered, and so is one of which nothing is landed yet. A delivered row replaces a landed one
    with the same key, also if one of the two is of a day outside the window.
    """
    for entity in delivery.entities:
        if not entity.time or not _has_rows(warehouse, name, entity):
            continue
        within = _within(entity, window, zone)
        _drop_other_days(delivery, warehouse, name, entity, within)
        keep(delivery, warehouse, name, entity, f"not {within}")


def _drop_other_days(
    delivery: Delivery,
    warehouse: duckdb.DuckDBPyConnection,
    name: str,
    entity: Entity,
    within: str,
) -> None:
    """Drop the delivered rows outside the window, except those that are landed within it: their
    day has changed since."""
    columns = sql.names(entity.key)
    _copy_landed(delivery, warehouse, name, entity, columns, within, "landed_within")
    delivery.connection.execute(
        f"delete from delivered.{entity.name} as delivered where not {within} and not exists"
        f" (select 1 from landed_within where {_same_key(entity, 'landed_within')})"
    )


def keep(
    delivery: Delivery,
    warehouse: duckdb.DuckDBPyConnection,
    name: str,
    entity: Entity,
    condition: str,
) -> None:
    """Deliver the landed rows of the source `name` that meet the condition, unless a row with their
    key was delivered."""
    columns = list(entity.column_names)
    read = f"{sql.names(columns)}, _file, _row"
    _copy_landed(delivery, warehouse, name, entity, read, condition, "kept")
    files = delivery.connection.execute("select distinct _file from kept order by 1").fetchall()
    for (file,) in files:
        delivery.open(entity, file)
    delivery.add(
        entity,
        f"select kept.*, null as _problems from kept "
        f"anti join delivered.{entity.name} as delivered on {_same_key(entity, 'kept')}",
        columns,
    )


def _copy_landed(
    delivery: Delivery,
    warehouse: duckdb.DuckDBPyConnection,
    name: str,
    entity: Entity,
    columns: str,
    condition: str,
    table: str,
) -> None:
    """Copy `columns` of the landed rows that meet the condition into a temporary table of the
    delivery."""
    landed = warehouse.execute(
        f"select {columns} from raw_{name}.{entity.name} where {condition}"
    ).to_arrow_reader(100_000)
    connection = delivery.connection
    connection.register("landed", landed)
    connection.execute(f"create or replace temp table {table} as from landed")
    connection.unregister("landed")


def is_landed(warehouse: duckdb.DuckDBPyConnection, name: str, entity: Entity) -> bool:
    """Whether the source has a raw table of the entity."""
    found = warehouse.execute(
        "select 1 from information_schema.tables where table_schema = ? and table_name = ?",
        [f"raw_{name}", entity.name],
    ).fetchone()
    return found is not None


def _has_rows(warehouse: duckdb.DuckDBPyConnection, name: str, entity: Entity) -> bool:
    if not is_landed(warehouse, name, entity):
        return False
    found = warehouse.execute(f"select 1 from raw_{name}.{entity.name} limit 1").fetchone()
    return found is not None


def _same_key(entity: Entity, other: str) -> str:
    """SQL that is true if a row of `delivered` and one of `other` have the same key."""
    return " and ".join(
        f"delivered.{sql.name(key)} is not distinct from {other}.{sql.name(key)}"
        for key in entity.key
    )


def _within(entity: Entity, window: tuple[date, date], zone: str) -> str:
    """SQL that is true on the days of the window, and for a row without a day."""
    assert entity.time is not None, "an undated entity has no days"
    day = sql.name(entity.time)
    if entity.column(entity.time).type == "timestamp":
        day = f"cast(timezone({sql.text(zone)}, timezone('UTC', {day})) as date)"
    first, last = window
    return f"coalesce({day} between date '{first}' and date '{last}', true)"
