"""Two measured nights on the demo company, and the same queries and files by DuckDB alone: `make
bench SCALE=50`, or this file with its options.

Seconds of the steps are what a night prints itself; what each run took of the machine follows.
"""

import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Annotated

import duckdb
import typer
from rich.console import Console
from rich.table import Table

from orchestration.settings import DEMO_CONFIG

_MEBIBYTE = 2**20
# What ru_maxrss is counted in.
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
_LIBRARIES = ("duckdb", "dbt-core", "dagster", "great-expectations")


@dataclass(frozen=True)
class Used:
    """What a process took of the machine: seconds, and MiB of memory at its largest."""

    elapsed: float
    processor: float
    memory: float


def main(
    home: Annotated[Path, typer.Option(help="An empty folder for the nights to write to.")],
    scale: Annotated[float, typer.Option(help="1 is about 20,000 leads and 60,000 calls.")] = 1,
    memory: Annotated[str, typer.Option(help="What DuckDB may take.")] = "3GB",
    most: Annotated[
        float | None,
        typer.Option(help="Fail if a second night takes more processor than this many bare runs."),
    ] = None,
) -> None:
    """Run two nights and the bare queries, each in its own process, and print what they took."""
    home.mkdir(parents=True, exist_ok=True)
    if any(home.iterdir()):
        raise typer.BadParameter(f"{home} is not empty: a second night costs less than a first")
    config = home / "voronka.toml"
    limits = f'\n[limits]\nmemory = "{memory}"\n'
    config.write_text(DEMO_CONFIG.read_text() + f"scale = {scale:g}\n" + limits)
    night: list[str | Path] = [
        Path(sys.executable).with_name("voronka"),
        "nightly",
        "--config",
        config,
    ]
    runs = {
        "first night": run(*night, "--home", home),
        "second night": run(*night, "--home", home),
        "queries and files alone": run(sys.executable, Path(__file__).with_name("bare.py"), home),
    }
    print_runs(f"Scale {scale:g}, DuckDB limit {memory}", runs, "queries and files alone")
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
    ratio = runs["second night"].processor / runs["queries and files alone"].processor
    if most is not None and ratio > most:
        typer.echo(f"✗ A second night takes {ratio:.2f} bare runs of processor, over {most:g}")
        raise typer.Exit(1)


def run(*command: str | Path) -> Used:
    """Run a command to its end. Raises typer.Exit with its status if it fails."""
    began = perf_counter()
    process = subprocess.Popen(command)
    _, status, used = os.wait4(process.pid, 0)
    if code := os.waitstatus_to_exitcode(status):
        raise typer.Exit(code)
    return Used(
        perf_counter() - began,
        used.ru_utime + used.ru_stime,
        used.ru_maxrss * _RSS_UNIT / _MEBIBYTE,
    )


def print_runs(title: str, runs: dict[str, Used], beside: str) -> None:
    """Print what each run took, and as a multiple of the run named `beside`."""
    least = runs[beside]
    versions = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    table = Table(
        title=title,
        caption=f"{os.cpu_count()} cores, Python {platform.python_version()}, {versions}",
    )
    table.add_column("run")
    for title in ("elapsed, s", "ratio", "processor, s", "ratio", "max RSS, MiB"):
        table.add_column(title, justify="right")
    for name, used in runs.items():
        table.add_row(
            name,
            f"{used.elapsed:,.1f}",
            f"{used.elapsed / least.elapsed:.2f}",
            f"{used.processor:,.1f}",
            f"{used.processor / least.processor:.2f}",
            f"{used.memory:,.0f}",
        )
    Console().print(table)


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
