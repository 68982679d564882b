"""The private warehouse: how it is opened, and the ledger that Python writes and models read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from threading import RLock

import duckdb

from orchestration.core import sql
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits

_LEDGER = Path(__file__).with_name("ledger.sql")
# Of the threads that land sources side by side, one at a time has the warehouse open.
_turn = RLock()


@contextmanager
def open_warehouse(
    home: Home, limits: DuckDbLimits, compact: bool = True, read_only: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the private warehouse; the file is unlocked when the block ends.

    `compact`: merge the parts of tables that grew and drop deleted rows, which takes memory in
    proportion to the tables. Without it, the next connection that writes does so. `read_only`:
    change nothing; the file has to exist. Another thread that opens it waits until the block ends.
    """
    with _turn, _opened(home, read_only) as connection:
        connection.execute(f"set memory_limit = '{limits.memory}'")
        connection.execute(f"set temp_directory = {sql.text(str(home.state / 'spill'))}")
        # DuckDB 1.5.6 fails on some unions of vendors' staging: docs/decisions/0010-dbt.md.
        connection.execute("set disabled_optimizers = 'cte_filter_pusher'")
        if limits.threads:
            connection.execute(f"set threads = {limits.threads}")
        if not compact:
            connection.execute("set max_vacuum_tasks = 0")
        yield connection


@contextmanager
def _opened(home: Home, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(home.warehouse, read_only=read_only)
    try:
        yield connection
    finally:
        connection.close()


def create_ledger(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the ledger's tables that do not exist yet."""
    connection.execute(_LEDGER.read_text())


def prepare_warehouse(
    connection: duckdb.DuckDBPyConnection, run_id: str, as_of: date, hash_key: str
) -> bool:
    """Make the ledger's tables and write the row of this run. Returns whether the run before had
    another key, so that all clients get other ids."""
    create_ledger(connection)
    before = connection.execute("select hash_key from ledger.customer_key").fetchone()
    connection.execute("delete from ledger.customer_key")
    connection.execute("insert into ledger.customer_key values (?)", [hash_key])
    connection.execute("delete from ledger.runs where as_of_date = ?", [as_of])
    connection.execute("insert into ledger.runs values (?, ?)", [run_id, as_of])
    return before is not None and before[0] != hash_key


def record_days_off(connection: duckdb.DuckDBPyConnection, days: Sequence[date]) -> None:
    """Write the days on which the company's country does not work."""
    connection.execute("delete from ledger.days_off")
    connection.execute("insert into ledger.days_off select unnest(?)", [days])


def expect(connection: duckdb.DuckDBPyConnection, sources: Mapping[str, Iterable[str]]) -> None:
    """Write which entities each source is to deliver; only those can be missing."""
    connection.execute("delete from ledger.expected")
    for source, entities in sources.items():
        for entity in entities:
            connection.execute("insert into ledger.expected values (?, ?)", [source, entity])
