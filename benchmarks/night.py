"""A measured night on the demo company: `make bench SCALE=50`, or this file with its options.

Seconds of the steps are what the night prints itself; what it took of the machine follows.
"""

import resource
import subprocess
import sys
from pathlib import Path
from time import perf_counter
from typing import Annotated

import duckdb
import typer

from orchestration.settings import DEMO_CONFIG

_MEBIBYTE = 2**20
# What ru_maxrss is counted in.
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


def main(
    home: Annotated[Path, typer.Option(help="An empty folder for the night to write to.")],
    scale: Annotated[float, typer.Option(help="1 is about 20,000 leads and 60,000 calls.")] = 1,
    memory: Annotated[str, typer.Option(help="What DuckDB may take.")] = "3GB",
) -> None:
    """Run one night as a process of its own and print its seconds, memory, rows and sizes."""
    home.mkdir(parents=True, exist_ok=True)
    if any(home.iterdir()):
        raise typer.BadParameter(f"{home} is not empty: a second night costs less than a first")
    config = home / "voronka.toml"
    limits = f'\n[limits]\nmemory = "{memory}"\n'
    config.write_text(DEMO_CONFIG.read_text() + f"scale = {scale:g}\n" + limits)
    voronka = Path(sys.executable).with_name("voronka")
    began = perf_counter()
    subprocess.run([voronka, "nightly", "--config", config, "--home", home], check=True)
    seconds = perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    typer.echo(f"\nscale {scale:g}, DuckDB limit {memory}")
    _tell("elapsed", seconds, "s")
    _tell("processor", used.ru_utime + used.ru_stime, "s")
    _tell("max RSS", used.ru_maxrss * _RSS_UNIT / _MEBIBYTE, "MiB")
    for name, rows in _rows(home / "warehouse.duckdb", home / "published" / "marts.duckdb"):
        _tell(name, rows, "rows")
    published = home / "published"
    for name, paths in {
        "warehouse": [home / "warehouse.duckdb"],
        "marts.duckdb": [published / "marts.duckdb"],
        "parquet": list((published / "parquet").iterdir()),
    }.items():
        size = sum(path.stat().st_size for path in paths)
        _tell(name, size / _MEBIBYTE, "MiB")


def _tell(what: str, number: float, unit: str) -> None:
    typer.echo(f"{what:<24}{number:>12,.0f} {unit}")


def _rows(warehouse: Path, marts: Path) -> list[tuple[str, int]]:
    """What was landed, and what was published of it."""
    with duckdb.connect(warehouse, read_only=True) as connection:
        landed = "select 'landed', cast(sum(rows_loaded) as bigint) from ledger.loads"
        rows = connection.execute(landed).fetchall()
    with duckdb.connect(marts, read_only=True) as connection:
        published = "select table_name, estimated_size from duckdb_tables() order by 2 desc limit 6"
        return rows + connection.execute(published).fetchall()


if __name__ == "__main__":
    typer.run(main)
