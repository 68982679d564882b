"""What a night must cost: its queries and the files it publishes, by DuckDB alone.

Runs each model's SQL as the last night in a home compiled it, over the tables that this night left,
then writes the published tables as a DuckDB file and as Parquet. No order, no checks, no Python.
"""

import shutil
import sys
import tempfile
from pathlib import Path

import duckdb


def main(home: Path) -> None:
    """Run all of it once over a copy of the warehouse of `home`."""
    with tempfile.TemporaryDirectory() as folder:
        warehouse = Path(folder) / "warehouse.duckdb"
        shutil.copy(home / "warehouse.duckdb", warehouse)
        with duckdb.connect(warehouse) as connection:
            # As the night's own connections.
            connection.execute("set memory_limit = '3GB'; set preserve_insertion_order = false")
            connection.execute("set disabled_optimizers = 'cte_filter_pusher'")
            for query in _queries(home):
                connection.execute(f"create or replace temp table made as {query}")
            connection.execute(f"attach '{folder}/marts.duckdb' as published")
            tables = "select table_name from duckdb_tables() where schema_name = 'marts'"
            for (table,) in connection.execute(tables).fetchall():
                connection.execute(f"create table published.{table} as from marts.{table}")
                connection.execute(f"copy marts.{table} to '{folder}/{table}.parquet'")


def _queries(home: Path) -> list[str]:
    """The compiled SQL of the models; that of tests lies in folders named as their YAML files."""
    files = sorted((home / "state" / "dbt" / "target" / "compiled").rglob("*.sql"))
    models = [file for file in files if file.parent.suffix != ".yml" and "tests" not in file.parts]
    if not models:
        raise SystemExit(f"{home} holds no compiled models: run a night first")
    return [file.read_text() for file in models]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
