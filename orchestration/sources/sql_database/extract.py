"""Reads the tables of a database into a delivery."""

import dataclasses
from collections.abc import Iterable
from contextlib import AbstractContextManager

import pyarrow as pa

from orchestration.core import sql
from orchestration.core.entities import ENTITIES
from orchestration.core.entity import Entity
from orchestration.sources.base import ExtractContext
from orchestration.sources.delivery import Delivery
from orchestration.sources.mapping.reading import (
    TextTable,
    as_text,
    is_number,
    named_by_query,
    read,
    read_inline,
    refuse_repeated_columns,
    refuse_unknown_columns,
)
from orchestration.sources.sql_database.config import SqlSource, TableMapping
from orchestration.sources.sql_database.database import Database
from orchestration.sources.sql_database.dialects import Relation
from orchestration.sources.sql_database.increments import Increments


def extract(config: SqlSource, context: ExtractContext) -> AbstractContextManager[None]:
    """Read the rows that a night needs of every mapped table. Raises ConfigError if the address or
    a mapping does not fit, SourceError if the database does not answer."""
    delivery, increments = context.delivery, Increments(config, context)
    delivery.connection.execute("set TimeZone = $zone", {"zone": config.time_zone})
    with Database(context.name, config.url_env, config.time_zone) as database:
        for entity in ENTITIES.values():
            kept = []
            for number, mapping in enumerate(config.entities.get(entity.name, ()), 1):
                if mapping.rows:
                    read_inline(delivery, entity, mapping, config)
                    continue
                file = mapping.table or f"query {number}"
                since = increments.since(entity, mapping)
                with delivery.reading(entity, file):
                    relation, mapping = _relation(database, config, context, entity, mapping, file)
                    columns = sorted(mapping.source_columns)
                    cursor = (mapping.cursor, since) if mapping.cursor and since else None
                    batches = database.batches(relation, columns, mapping.decimal, cursor)
                    table = _spool(delivery, mapping, columns, batches)
                    ids = mapping.columns_of_ids(entity)
                    numbers = table.numbers | database.columns_of_fractions(relation, ids)
                    table = dataclasses.replace(table, numbers=numbers)
                    read(delivery, entity, mapping, config, file, table, native_dates=True)
                    delivery.connection.execute("drop table spooled")
                if since:
                    kept.append(file)
            if kept:
                increments.keep(entity, kept)
    return increments.landing()


def _relation(
    database: Database,
    config: SqlSource,
    context: ExtractContext,
    entity: Entity,
    mapping: TableMapping,
    file: str,
) -> tuple[Relation, TableMapping]:
    """The table or query, and the mapping with its columns. Raises ConfigError if a column is
    missing."""
    if mapping.table:
        relation: Relation = database.table(mapping.table)
    else:
        assert mapping.query is not None
        relation = database.query(mapping.query)
    place, columns = f"{context.name}: {file}", list(relation.c.keys())
    mapping = named_by_query(place, entity, mapping, config, columns)
    refuse_unknown_columns(place, entity, mapping, columns)
    if mapping.query:
        # SQLite calls the second of two columns with one name `name:1`; other databases refuse.
        refuse_repeated_columns(place, mapping, [name.removesuffix(":1") for name in columns])
    if mapping.cursor:
        database.refuse_cursor(relation, mapping.cursor)
    return relation, mapping


def _spool(
    delivery: Delivery, mapping: TableMapping, columns: list[str], batches: Iterable[pa.Table]
) -> TextTable:
    """The batches as one table of texts. DuckDB spills to disk when it exceeds its memory."""
    connection = delivery.connection
    texts = ", ".join(f"{sql.name(column)} varchar" for column in columns)
    connection.execute(f"create or replace temp table spooled ({texts}, _row bigint)")
    rows = 0
    numbers: set[str] = set()
    for batch in batches:
        connection.register("batch", batch)
        described = connection.execute("select column_name, column_type from (describe batch)")
        kinds = described.fetchall()
        numbers.update(column for column, kind in kinds if is_number(kind))
        values = ", ".join(as_text(column, kind, mapping) for column, kind in kinds)
        connection.execute(
            f"insert into spooled select {values}, {rows} + row_number() over () from batch"
        )
        connection.unregister("batch")
        rows += batch.num_rows
    relation = "select *, cast(null as varchar) as _unread from spooled"
    return TextTable(columns, relation, numbers=frozenset(numbers))
