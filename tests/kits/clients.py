"""Foreign clients of what is published: programs of their own that know nothing of the project.

Each one opens the publication, reads, closes, and opens it again, until it is told to stop and
once more after that. Each time it compares the rows it counts with those that the publication says
it has: what it sees is of one night.
"""

import shutil
import subprocess
import sys
from pathlib import Path

_PYTHON = """
import json, sys, time
from pathlib import Path
published, stop, pause = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
marts = published / "marts.duckdb"
ABOUT = "select run_id, row_counts, (select count(*) from fct_deal) from publication"
{code}
nights, reads, is_last = [], 0, False
while not is_last:
    is_last = stop.exists()
    night, promised, deals = read()
    assert json.loads(promised)["fct_deal"] == deals, (night, promised, deals)
    if night not in nights:
        nights.append(night)
        print(night, flush=True)
    reads += 1
    time.sleep(pause)
print(reads)
"""

_DUCKDB = """
import duckdb
def read():
    with duckdb.connect(marts, read_only=True) as connection:
        return connection.execute(ABOUT).fetchone()
"""

# As Superset does: a connection of its own for each query.
_SQLALCHEMY = """
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool
options = {"read_only": True}
engine = create_engine(f"duckdb:///{marts}", connect_args=options, poolclass=NullPool)
def read():
    with engine.connect() as connection:
        return connection.execute(text(ABOUT)).one()
"""

# The link is resolved once for all files of a read, or they might be of two nights.
_PANDAS = """
import pandas
def read():
    folder = (published / "parquet").resolve()
    about = pandas.read_parquet(folder / "publication.parquet").iloc[0]
    deals = pandas.read_parquet(folder / "fct_deal.parquet", columns=["deal_id"])
    return about.run_id, about.row_counts, len(deals)
"""

_ARROW = """
from pyarrow import dataset
def read():
    folder = (published / "parquet").resolve()
    (about,) = dataset.dataset(folder / "publication.parquet").to_table().to_pylist()
    deals = dataset.dataset(folder / "fct_deal.parquet").count_rows()
    return about["run_id"], about["row_counts"], deals
"""

_NODE = """
const [published, stop, pause] = process.argv.slice(1)
const { DuckDBInstance } = require('@duckdb/node-api')
const { existsSync } = require('fs')
const marts = published + '/marts.duckdb'
const ABOUT = 'select run_id, row_counts, (select count(*) from fct_deal) as deals from publication'
;(async () => {
  const nights = new Set()
  let [reads, isLast] = [0, false]
  while (!isLast) {
    isLast = existsSync(stop)
    const instance = await DuckDBInstance.create(marts, { access_mode: 'READ_ONLY' })
    const connection = await instance.connect()
    const [row] = (await connection.runAndReadAll(ABOUT)).getRowObjectsJson()
    connection.closeSync()
    instance.closeSync()
    const promised = JSON.parse(row.row_counts).fct_deal
    if (promised !== Number(row.deals)) throw new Error(JSON.stringify(row))
    if (!nights.has(row.run_id)) console.log(row.run_id)
    nights.add(row.run_id)
    reads += 1
    await new Promise(done => setTimeout(done, pause * 1000))
  }
  console.log(reads)
})()
"""

_SCRIPTS = {
    "duckdb": _DUCKDB,
    "sqlalchemy": _SQLALCHEMY,
    "pandas": _PANDAS,
    "arrow": _ARROW,
}
CLIENTS = (*_SCRIPTS, "node")


class Clients:
    """Clients at work on a published folder, all at once, until told to stop. Each has read the
    night in place once before this begins."""

    def __init__(self, published: Path, stop: Path, pause: float) -> None:
        self._stop = stop
        self._processes = {
            name: subprocess.Popen(
                [*command, str(published), str(stop), str(pause)],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for name, command in _commands().items()
        }
        self._first = {name: process.stdout.readline() for name, process in self._processes.items()}

    def end(self) -> dict[str, tuple[int, list[str]]]:
        """By client, how many reads there were and of which nights; AssertionError with what a
        client said if one of its reads failed. A client that is not installed is not in it."""
        self._stop.touch()
        found = {}
        for name, process in self._processes.items():
            said, complaint = process.communicate(timeout=120)
            assert process.returncode == 0, f"{name}: {complaint}"
            *nights, reads = (self._first[name] + said).split()
            found[name] = (int(reads), nights)
        return found


def _commands() -> dict[str, list[str]]:
    commands = {
        name: [sys.executable, "-c", _PYTHON.replace("{code}", script)]
        for name, script in _SCRIPTS.items()
    }
    if _node_has_duckdb():
        commands["node"] = ["node", "-e", _NODE]
    return commands


def _node_has_duckdb() -> bool:
    """Whether Node and its package for DuckDB are installed: in NODE_PATH, or globally."""
    if shutil.which("node") is None:
        return False
    tried = subprocess.run(
        ["node", "-e", "require.resolve('@duckdb/node-api')"], capture_output=True
    )
    return tried.returncode == 0
