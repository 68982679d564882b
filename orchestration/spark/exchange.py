"""The folder of Parquet files through which DuckDB and Spark hand each other their tables.

`<exchange>/<schema>/<table>.parquet` is what the models read, written by DuckDB; below
`<exchange>/made` Spark writes what it makes of it.
"""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
from dbt.contracts.graph.nodes import ModelNode
from pyspark.sql import SparkSession

from orchestration.core import sql

Table = tuple[str, str]

# What the models read: the entities of all sources together, the seeds, and what Python writes.
READ = ("landing", "seeds", "identity", "ledger")


def give(connection: duckdb.DuckDBPyConnection, exchange: Path) -> list[Table]:
    """Write the tables and views that the models read; returns them."""
    tables = connection.execute(
        "select table_schema, table_name from information_schema.tables"
        " where list_contains(?, table_schema) order by all",
        [READ],
    ).fetchall()
    for schema, table in tables:
        file = _given(exchange, schema, table)
        file.parent.mkdir(parents=True, exist_ok=True)
        connection.execute(
            f"copy (from {sql.name(schema)}.{sql.name(table)}) to {sql.text(str(file))}"
            " (format parquet)"
        )
    return tables


def register(session: SparkSession, exchange: Path, tables: Iterable[Table]) -> None:
    """Tell Spark of the files that DuckDB has written."""
    for schema, table in tables:
        session.sql(f"create schema if not exists {schema}")
        session.catalog.createTable(
            f"{schema}.{table}", path=str(_given(exchange, schema, table)), source="parquet"
        )


def _given(exchange: Path, schema: str, table: str) -> Path:
    return exchange / schema / f"{table}.parquet"


def take(
    connection: duckdb.DuckDBPyConnection, exchange: Path, models: Iterable[ModelNode]
) -> None:
    """Put the models that Spark has made into the warehouse: marts as described tables, since the
    gates, the publication and the report read them; all others as views of Spark's files."""
    for model in models:
        name = f"{sql.name(model.schema)}.{sql.name(model.alias)}"
        files = made(exchange) / f"{model.schema}.db" / model.alias / "*.parquet"
        rows = f"from read_parquet({sql.text(str(files))})"
        connection.execute(f"create schema if not exists {sql.name(model.schema)}")
        _drop(connection, model.schema, model.alias)
        if model.schema == "marts":
            connection.execute(f"create table {name} as {rows}")
            connection.execute("".join(_comments(name, model)))
        elif model.language == "python":
            # The next night with DuckDB replaces it, which dbt-duckdb cannot do with a view.
            connection.execute(f"create table {name} as {rows}")
        else:
            connection.execute(f"create view {name} as {rows}")


def _comments(name: str, model: ModelNode) -> Iterator[str]:
    """The statements that describe the table of a model, as dbt does in DuckDB."""
    yield f"comment on table {name} is {sql.text(model.description.strip())};"
    for column in model.columns.values():
        described = sql.text(column.description.strip())
        yield f"comment on column {name}.{sql.name(column.name)} is {described};"


def made(exchange: Path) -> Path:
    """The folder that Spark writes to."""
    return exchange / "made"


def empty(exchange: Path) -> None:
    """Make the folder if it is not there, and remove what an earlier night wrote into it."""
    exchange.mkdir(mode=0o700, parents=True, exist_ok=True)
    for folder in (*READ, made(exchange).name):
        shutil.rmtree(exchange / folder, ignore_errors=True)


def _drop(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> None:
    """Drop what has this name, a table or a view."""
    found = connection.execute(
        "select table_type from information_schema.tables"
        " where table_schema = ? and table_name = ?",
        [schema, table],
    ).fetchone()
    if found:
        kind = "view" if found[0] == "VIEW" else "table"
        connection.execute(f"drop {kind} {sql.name(schema)}.{sql.name(table)}")
