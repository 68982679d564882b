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

    A delivered row without a readable time stays and is checked; an undated entity is taken as
    delivered. A delivered row replaces a landed one with the same key.
    """
    for entity in delivery.entities:
        if not entity.time:
            continue
        within = _within(entity, window, zone)
        delivery.connection.execute(f"delete from delivered.{entity.name} where not {within}")
        if is_landed(warehouse, name, entity):
            keep(delivery, warehouse, name, entity, f"not {within}")


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
    landed = warehouse.execute(
        f"select {sql.names(columns)}, _file, _row from raw_{name}.{entity.name} where {condition}"
    ).to_arrow_reader(100_000)
    connection = delivery.connection
    connection.register("landed", landed)
    connection.execute("create or replace temp table kept as from landed")
    connection.unregister("landed")
    for (file,) in connection.execute("select distinct _file from kept order by 1").fetchall():
        delivery.open(entity, file)
    same_key = " and ".join(
        f"delivered.{sql.name(key)} is not distinct from kept.{sql.name(key)}" for key in entity.key
    )
    delivery.add(
        entity,
        f"select kept.*, null as _problems from kept "
        f"anti join delivered.{entity.name} as delivered on {same_key}",
        columns,
    )


def is_landed(warehouse: duckdb.DuckDBPyConnection, name: str, entity: Entity) -> bool:
    """Whether the source has a raw table of the entity."""
    found = warehouse.execute(
        "select 1 from information_schema.tables where table_schema = ? and table_name = ?",
        [f"raw_{name}", entity.name],
    ).fetchone()
    return found is not None


def _within(entity: Entity, window: tuple[date, date], zone: str) -> str:
    """SQL that is true on the days of the window, and for a row without a day."""
    assert entity.time is not None, "an undated entity has no days"
    day = sql.name(entity.time)
    if entity.column(entity.time).type == "timestamp":
        day = f"cast(timezone({sql.text(zone)}, timezone('UTC', {day})) as date)"
    first, last = window
    return f"coalesce({day} between date '{first}' and date '{last}', true)"
