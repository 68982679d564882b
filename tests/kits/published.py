"""Reading what is published, as a BI tool does: by its own process-wide fresh connection."""

from pathlib import Path

import duckdb


def connected(marts: Path) -> duckdb.DuckDBPyConnection:
    """A connection to a published file, for who asks it more than one thing.

    The link is resolved first: within one process DuckDB would go on with the file it knows by
    that path, even after the path has come to lead to another one.
    """
    return duckdb.connect(marts.resolve(), read_only=True)


def query(marts: Path, sql: str) -> list[tuple]:
    """The rows of a query on a published file."""
    with connected(marts) as connection:
        return connection.execute(sql).fetchall()


def tables(marts: duckdb.DuckDBPyConnection) -> list[str]:
    """The names of all published tables."""
    found = marts.execute("select table_name from duckdb_tables() where not internal order by 1")
    return [table for (table,) in found.fetchall()]


def fingerprint(marts: duckdb.DuckDBPyConnection, relation: str) -> tuple[int, int]:
    """Rows of a table or file, and a hash of them that no order changes."""
    return marts.execute(f"select count(*), sum(hash(t)) from {relation} as t").fetchone()


def fingerprints(marts: Path) -> dict[str, tuple[int, int]]:
    """The fingerprint of each published table, `publication` aside."""
    with connected(marts) as connection:
        return {
            table: fingerprint(connection, f"marts.{table}")
            for table in tables(connection)
            if table != "publication"
        }
