"""What the warehouse holds: the columns of its tables and how many rows they have."""

from collections.abc import Iterable

import duckdb

from orchestration.core import sql


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
        count = f"from {sql.name(schema)}.{sql.name(table)} select count(*)"
        counted[schema, table] = int(sql.only_row(connection.execute(count))[0])
    return counted
