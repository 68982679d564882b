"""Lands one source by itself, without Dagster: `python -m orchestration.land_source`."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from orchestration.core.errors import ConfigError, VoronkaError
from orchestration.core.home import Home
from orchestration.settings import DEMO_CONFIG, load_settings
from orchestration.sources.delivery import Load
from orchestration.sources.landing import land
from orchestration.sources.raw import remove_leftovers


def main() -> None:
    """Run the command line; an expected failure is one line on stderr and its exit status."""
    try:
        typer.run(_land)
    except VoronkaError as error:
        Console(stderr=True, highlight=False).print(str(error), soft_wrap=True, markup=False)
        sys.exit(error.exit_status)


def _land(
    source: Annotated[str, typer.Option("--source", help="The source to land.")],
    config: Annotated[
        Path, typer.Option("--config", envvar="VORONKA_CONFIG", help="The company's config.")
    ] = DEMO_CONFIG,
    home: Annotated[
        Path, typer.Option("--home", envvar="VORONKA_HOME", help="Where everything is written.")
    ] = Path("var"),
) -> None:
    """Land one source into the warehouse: raw tables, counts and quarantine, nothing else."""
    settings = load_settings(config)
    if source not in settings.sources:
        known = ", ".join(settings.sources)
        raise ConfigError(f"--source {source} is not in {config}, expected one of {known}")
    now = datetime.now(UTC)
    as_of = settings.default_as_of(now)
    settings.refuse_future(as_of, now)
    place = Home(home.resolve())
    place.prepare()
    console = Console(highlight=False)
    with place.locked(), console.status(f"reading {source}") as status:
        place.claim(settings.business.name)
        remove_leftovers(place)

        def say(text: str) -> None:
            status.update(Text(text))
            # A log file has no status line, so each text gets its own line.
            if not console.is_terminal:
                console.print(text, soft_wrap=True, markup=False)

        land(
            source,
            settings.sources[source],
            place,
            settings.limits,
            settings.folder,
            as_of,
            progress=lambda load: console.print(_line(load), soft_wrap=True, markup=False),
            say=say,
        )
    console.print(f"landed in {place.warehouse}, schema raw_{source}", soft_wrap=True, markup=False)


def _line(load: Load) -> str:
    fates = {
        "in quarantine": load.rows_quarantined,
        "older versions": load.rows_superseded,
        "left out": load.rows_filtered,
    }
    notes = "".join(f", {rows:,} {fate}" for fate, rows in fates.items() if rows)
    return (
        f"{load.entity:<14}{load.rows_loaded:>12,} rows{load.seconds:>8.1f} s  {load.file}{notes}"
    )


if __name__ == "__main__":
    main()
