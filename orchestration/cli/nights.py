"""The commands that run a night."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from orchestration.cli.options import (
    DEFAULT_HOME,
    AsOfOption,
    ConfigOption,
    HomeOption,
    JsonOption,
    as_of_day,
    console,
    day_of,
    errors,
    home_of,
    print_json,
)
from orchestration.core.errors import ConfigError, VoronkaError, first_of
from orchestration.core.home import Home
from orchestration.core.project import DEMO_CONFIG

if TYPE_CHECKING:
    from orchestration.resources import Backfill
    from orchestration.settings import Settings


def nightly(
    config: ConfigOption = DEMO_CONFIG,
    home: HomeOption = DEFAULT_HOME,
    as_of: AsOfOption = None,
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Build the incremental models anew too.")
    ] = False,
    adopt: Annotated[
        bool, typer.Option("--adopt", help="Take over a home that belongs to another company.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Pull every source, build the marts, audit them and publish."""
    from orchestration.settings import load_settings

    settings = load_settings(config)
    day = as_of_day(settings, as_of)
    _run(settings, home_of(home), day, as_json, full_refresh=full_refresh, adopt=adopt)


def backfill(
    source: Annotated[str, typer.Option("--source", help="The source to read again.")],
    first: Annotated[str, typer.Option("--from", help="The first day, as 2026-01-01.")],
    last: Annotated[str, typer.Option("--to", help="The last day, as 2026-03-31.")],
    config: ConfigOption = DEMO_CONFIG,
    home: HomeOption = DEFAULT_HOME,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read a range of days of one source again, then build, audit and publish."""
    from orchestration.nightly import Backfill
    from orchestration.settings import load_settings

    settings = load_settings(config)
    if source not in settings.sources:
        known = ", ".join(settings.sources)
        raise ConfigError(f"--source {source} is not in {config}, expected one of {known}")
    window = (day_of("--from", first), day_of("--to", last))
    if window[0] > window[1]:
        raise ConfigError(f"--from {first} is after --to {last}")
    day = as_of_day(settings, as_of)
    _run(settings, home_of(home), day, as_json, Backfill(source, *window))


def _run(
    settings: "Settings",
    home: Home,
    as_of: date,
    as_json: bool,
    backfill: "Backfill | None" = None,
    full_refresh: bool = False,
    adopt: bool = False,
) -> None:
    from orchestration.core.progress import ConsoleProgress
    from orchestration.nightly import run_night
    from orchestration.notify.night import tell_failure, tell_published
    from orchestration.summary import print_summary, print_warnings, summary_document, warning_lines

    if not adopt:
        # The run checks this again once it holds the home; here it fails before dbt is loaded.
        home.refuse_other(settings.business.name)
    out = errors if as_json else console
    out.print(f"{settings.business.name} as of {as_of}, home {home.root}", markup=False)
    progress = ConsoleProgress(out)
    try:
        night = run_night(settings, home, as_of, progress, backfill, full_refresh, adopt)
    except VoronkaError as error:
        sentences = [f"{one}" for one in (error, *getattr(error, "__notes__", ()))]
        _warn(out, tell_failure(settings, home, as_of, sentences))
        raise
    warnings = warning_lines(night.warnings, night.found, as_of)
    currency = settings.business.base_currency
    marts, parquet = home.published / "marts.duckdb", home.published / "parquet"
    # A report that failed has its own line among the steps and the warnings.
    written = home.published / "report" / "index.html"
    if as_json:
        print_json(
            {
                "company": settings.business.name,
                **summary_document(marts, currency),
                "warnings": warnings,
                "marts": marts,
                "parquet": parquet,
                "report": written if written.exists() else None,
            }
        )
    else:
        print_warnings(console, warnings)
        print_summary(console, marts, currency)
        console.print(f"Marts: {marts}\nParquet: {parquet}", markup=False, soft_wrap=True)
        if written.exists():
            console.print(f"Report: {written}", markup=False, soft_wrap=True)
    _warn(out, tell_published(settings, home))
    if night.unserved:
        sentences = [f"{one}" for one in night.unserved]
        _warn(out, tell_failure(settings, home, as_of, sentences, is_published=True))
        raise first_of(night.unserved)


def _warn(out: Console, sentences: Iterable[str]) -> None:
    for sentence in sentences:
        out.print(f"! {sentence}", style="yellow", markup=False, soft_wrap=True)
