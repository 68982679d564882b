"""What the models of a next day take of the processor, built incrementally and at once, and whether
both give the same marts: `python benchmarks/next_day.py HOME --aside FOLDER` for a demo home.

Works on a copy of the home. Of each landed entity with an id a share of the rows changes: a third
of them are gone, a third have another time, a third are new. dbt alone runs, without landing, gates
and publication; what it takes beside the queries is in both figures.
"""

import json
import os
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import duckdb
import typer

from orchestration.core.entities import ENTITIES
from orchestration.core.entity import Entity


def main(
    home: Annotated[Path, typer.Argument(help="The home of a night of the demo company.")],
    aside: Annotated[Path, typer.Option(help="An empty folder for the copy of the home.")],
    share: Annotated[float, typer.Option(help="How many of the landed rows change.")] = 0.01,
) -> None:
    """Build a next day twice, and print the seconds of both and what differs."""
    shutil.copytree(home, aside, dirs_exist_ok=True, symlinks=True)
    warehouse = aside / "warehouse.duckdb"
    _build(aside, "--full-refresh")
    with duckdb.connect(warehouse) as connection:
        changed = sum(_change(connection, entity, share) for entity in ENTITIES.values())
        _begin_next_day(connection)
    typer.echo(f"{changed:,} rows changed")
    night_by_night = _build(aside)
    with duckdb.connect(aside / "kept.duckdb") as kept:
        kept.execute(f"attach '{warehouse}' as night (read_only)")
        tables = _tables(kept)
        for table in tables:
            kept.execute(f'create table "{table}" as from night.{table}')
    at_once = _build(aside, "--full-refresh")
    typer.echo(
        f"{night_by_night:,.1f} s of {at_once:,.1f} s at once: {night_by_night / at_once:.0%}"
    )
    with duckdb.connect(aside / "kept.duckdb") as kept:
        kept.execute(f"attach '{warehouse}' as night (read_only)")
        different = [table for table in tables if not _are_equal(kept, f'"{table}"', table)]
    typer.echo(f"{len(tables)} marts, different: {', '.join(different) or 'none'}")
    raise typer.Exit(1 if different else 0)


def _build(home: Path, *options: str) -> float:
    """Run all models of a home; the seconds of processor that this takes."""
    command: list[str | Path] = [Path(sys.executable).with_name("voronka"), "dbt", "--home", home]
    process = subprocess.Popen([*command, "run", *options], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if code := os.waitstatus_to_exitcode(status):
        raise typer.Exit(code)
    return used.ru_utime + used.ru_stime


def _change(connection: duckdb.DuckDBPyConnection, entity: Entity, share: float) -> int:
    """Change a share of the rows of an entity that have an id and a time; how many."""
    table = f"raw_demo.{entity.name}"
    columns = {column.name: column.type for column in entity.columns}
    if len(entity.key) != 1 or entity.time is None:
        return 0
    (key,) = entity.key
    unit = "day" if columns[entity.time] == "date" else "hour"
    third = f"hash({key}) % 1000000 < {round(share * 1_000_000)} and hash({key}) // 1000000 % 3"
    counted = 0
    for statement in (
        f"insert into {table} select * replace ({key} || ' new' as {key}) from {table}"
        f" where {third} = 0",
        f"update {table} set {entity.time} = {entity.time} + interval 1 {unit} where {third} = 1",
        f"delete from {table} where {third} = 2",
    ):
        found = connection.execute(statement).fetchone()
        counted += found[0] if found else 0
    return counted


def _begin_next_day(connection: duckdb.DuckDBPyConnection) -> None:
    """Let dbt build the day after the one of the last night."""
    variable = "from ledger.variables where name = 'as_of'"
    ((recorded,),) = connection.execute(f"select value {variable}").fetchall()
    day = date.fromisoformat(json.loads(recorded)) + timedelta(days=1)
    connection.execute(f"delete {variable}")
    connection.execute(
        "insert into ledger.variables values ('as_of', ?)", [json.dumps(day.isoformat())]
    )


def _tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    query = (
        "select schema_name || '.' || table_name from duckdb_tables()"
        " where database_name = 'night' and schema_name = 'marts' order by 1"
    )
    return [name for (name,) in connection.execute(query).fetchall()]


def _are_equal(connection: duckdb.DuckDBPyConnection, kept: str, table: str) -> bool:
    query = (
        f"select 1 from (from {kept} except all from night.{table})"
        f" union all select 1 from (from night.{table} except all from {kept}) limit 1"
    )
    return connection.execute(query).fetchone() is None


if __name__ == "__main__":
    typer.run(main)
