"""Are the published tables the same in a DuckLake catalogue? `make ducklake` asks a file and
PostgreSQL, under the DuckDB whose extension comes from PyPI.

Not a pytest test: that version and the one the project pins cannot share an environment.
"""

import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import duckdb

from kits.postgres import INITDB, postgres
from orchestration.core.errors import ServerError
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.servers import ducklake
from orchestration.servers.tables import open_published

LIMITS = DuckDbLimits()


def main(home: Home) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        install(Path(scratch))
        folder = Path(scratch) / "file"
        check(home, str(folder / "marts.ducklake"), folder)
        print("a file as the catalogue: equal")  # noqa: T201 - what it is for
        if not INITDB:
            print("PostgreSQL is not installed here: not tried as the catalogue")  # noqa: T201
            return
        with postgres() as address:
            check(home, f"postgres:{address}", Path(scratch) / "postgres")
            print("PostgreSQL as the catalogue: equal")  # noqa: T201


def install(folder: Path) -> None:
    """Install the extensions of the environment into the home of a user of its own."""
    os.environ["HOME"] = str(folder)
    for name in ("ducklake", "postgres_scanner"):
        package = find_spec(f"duckdb_extension_{name}")
        assert package and package.origin
        (file,) = Path(package.origin).parent.rglob("*.duckdb_extension")
        duckdb.execute(f"install '{file}'")


def check(home: Home, catalog: str, folder: Path) -> None:
    folder.mkdir()
    data = str(folder / "data")
    for _ in range(2):
        with published(home, catalog, data) as file:
            rows = ducklake.write(file)
    with reading(catalog) as lake:
        compare(home, lake, rows)
        snapshots = lake.execute(
            "select snapshot_id, author, commit_message, commit_extra_info from lake.snapshots()"
            " where author is not null order by 1"
        ).fetchall()
        day, night = lake.execute("select as_of_date, run_id from lake.publication").fetchone()
        assert len(snapshots) == 2, snapshots
        assert {labels for _, *labels_ in snapshots for labels in [tuple(labels_)]} == {
            ("voronka", f"as of {day}", night)
        }
        first = snapshots[0][0]
        earlier = f"select count(*) from lake.fct_deal at (version => {first})"
        assert lake.execute(earlier).fetchone() == (rows["fct_deal"],)
        assert ducklake.refuse_unfit(lake, company(home)) == f"has {len(rows)} tables as of {day}"
        comments = lake.execute(
            "select count(comment), count(*) from duckdb_columns() where database_name = 'lake'"
        ).fetchone()
        assert comments[0] > 1000, comments
        try:
            ducklake.refuse_unfit(lake, "Other")
        except ServerError as error:
            assert "holds the marts of company" in str(error)
        else:
            raise AssertionError("another company is refused")

    kill_in_the_middle(home, catalog, data)
    with reading(catalog) as lake:
        compare(home, lake, rows)
        after = lake.execute("select max(snapshot_id) from lake.snapshots()").fetchone()
        assert after == (snapshots[-1][0],), "a killed publication makes no snapshot"

    with published(home, catalog, data) as file:
        file.connection.execute("create table lake.main.mine as select 1 as x")
        try:
            ducklake.write(file)
        except ServerError as error:
            assert "did not make (mine)" in str(error)
        else:
            raise AssertionError("a table of somebody else is refused")


def company(home: Home) -> str | None:
    with open_published(home, LIMITS) as file:
        return file.company


@contextmanager
def published(home: Home, catalog: str, data: str) -> Iterator:
    with open_published(home, LIMITS) as file:
        ducklake.attach(file.connection, catalog, data, read_only=False)
        yield file


@contextmanager
def reading(catalog: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """As a client, which needs no path of the data."""
    with duckdb.connect() as lake:
        ducklake.attach(lake, catalog, None, read_only=True)
        yield lake


def compare(home: Home, lake: duckdb.DuckDBPyConnection, rows: dict[str, int]) -> None:
    """Every row of every table, not only their hashes."""
    file = home.published.resolve() / "marts.duckdb"
    lake.execute(f"attach if not exists '{file}' as marts (read_only)")
    for table, count in rows.items():
        ours, theirs = f"from lake.main.{table}", f"from marts.main.{table}"
        differing = f"({ours} except all {theirs}) union all ({theirs} except all {ours})"
        assert lake.execute(f"select count(*) from ({differing})").fetchone() == (0,), table
        assert lake.execute(f"select count(*) {ours}").fetchone() == (count,), table


def kill_in_the_middle(home: Home, catalog: str, data: str) -> None:
    """A publication in a process of its own, killed when half of the tables are written."""
    child = os.fork()
    if not child:
        whole, asked = ducklake._fingerprint, 0

        def half(connection, table):
            nonlocal asked
            asked += 1
            if asked > 40:
                os.kill(os.getpid(), signal.SIGKILL)
            return whole(connection, table)

        ducklake._fingerprint = half
        with published(home, catalog, data) as file:
            ducklake.write(file)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "it was killed"


if __name__ == "__main__":
    main(Home(Path(sys.argv[1]).resolve()))
