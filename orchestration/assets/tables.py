"""Shared by the assets: an entity's columns as Dagster shows them, and row counts."""

from collections.abc import Iterable

import duckdb
from dagster import AssetSpec, TableColumn, TableSchema

from orchestration.core.entity import Entity


def schema_of(entity: Entity) -> TableSchema:
    """The columns of an entity, with what is required and what is a client's personal data."""
    columns = [
        TableColumn(
            column.name,
            column.sql_type,
            description="; ".join(
                text
                for text in (
                    "required" if column.required else "",
                    "personal data, never published" if column.personal else "",
                    f"one of {', '.join(column.allowed)}" if column.allowed else "",
                )
                if text
            )
            or None,
        )
        for column in entity.columns
    ]
    return TableSchema(
        [TableColumn("source", "varchar", description="the source's name"), *columns]
    )


def table_of(spec: AssetSpec) -> tuple[str, str]:
    """The (schema, table or view) that an asset is."""
    schema, table = spec.key.path
    return schema, table


def column_types(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], dict[str, str]]:
    """The type of each column of each (schema, table or view), in their order."""
    types: dict[tuple[str, str], dict[str, str]] = {}
    for schema, table, column, type_ in connection.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns()"
        " where not internal order by column_index"
    ).fetchall():
        types.setdefault((schema, table), {})[column] = type_.lower()
    return types


def row_counts(
    connection: duckdb.DuckDBPyConnection, tables: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    """Rows of each (schema, table or view)."""
    counted = {}
    for schema, table in tables:
        row = connection.execute(f'from {schema}."{table}" select count(*)').fetchone()
        assert row is not None
        counted[schema, table] = row[0]
    return counted
