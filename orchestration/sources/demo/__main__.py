"""The demo company as files: `python -m orchestration.sources.demo --out DIR`."""

import json
from pathlib import Path
from typing import Annotated

import duckdb
import typer

from orchestration.sources.demo.company import generate, planted_truths
from orchestration.sources.demo.config import MADE, DemoSource
from orchestration.sources.demo.truths import NOTHING, PLANTED

_DEFAULTS = DemoSource(type="demo")


def main(
    out: Annotated[Path, typer.Option(help="Folder to write to; made if it is not there.")],
    seed: int = _DEFAULTS.seed,
    scale: float = _DEFAULTS.scale,
    plants: Annotated[bool, typer.Option(help="Plant patterns.")] = _DEFAULTS.plants,
) -> None:
    """Write one Parquet file per entity, and truths.json with what is planted in them."""
    out.mkdir(parents=True, exist_ok=True)
    typer.echo(f"generating seed {seed} at scale {scale:g}")
    connection = duckdb.connect()
    generate(connection, seed, scale, PLANTED if plants else NOTHING)
    for entity in MADE:
        table = connection.table(entity)
        table.write_parquet(str(out / f"{entity}.parquet"), compression="zstd")
        typer.echo(f"{entity}: {len(table):,} rows")
    truths = json.dumps(planted_truths(connection) if plants else {}, indent=2)
    (out / "truths.json").write_text(truths + "\n", encoding="utf-8")
    typer.echo(f"written to {out}")


if __name__ == "__main__":
    typer.run(main)
