"""Reading what is published, as a BI tool does: by its own process-wide fresh connection."""

import subprocess
import sys
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


_READER = """
import sys, time, duckdb
from pathlib import Path
marts, stop = Path(sys.argv[1]), Path(sys.argv[2])
reads = 0
while not stop.exists():
    with duckdb.connect(marts, read_only=True) as connection:
        assert connection.execute("select count(*) from marts.fct_deal").fetchone()[0] > 0
    with duckdb.connect() as connection:
        parquet = marts.parent / "parquet" / "fct_deal.parquet"
        assert connection.execute("select count(*) from read_parquet(?)", [str(parquet)]).fetchone()
    reads += 1
    # The night that runs meanwhile is to have the processor.
    time.sleep(0.05)
print(reads)
"""


class ReaderLoop:
    """A process that opens what is published, counts rows and closes it, until told to stop."""

    def __init__(self, marts: Path, stop: Path) -> None:
        self._stop = stop
        self._process = subprocess.Popen(
            [sys.executable, "-c", _READER, str(marts), str(stop)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def end(self) -> int:
        """How many reads there were; AssertionError with what it said if one of them failed."""
        self._stop.touch()
        reads, complaint = self._process.communicate(timeout=60)
        assert self._process.returncode == 0, complaint
        return int(reads)
