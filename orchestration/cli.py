"""The command line: `voronka nightly | backfill | doctor | check-purchase | notify | publications |
restore | report | ui | dbt | demo-vendors`.

Exit status: 0 done; 1 the audit refused to publish, or a checked order stopped; 2 bad config or
usage, a refused token, an unknown account or a missing right, or a full disk; 3 a source failed or
its quota is used up.
"""

import gc
import logging
import signal
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from orchestration import __version__
from orchestration.core.errors import AuditRefusedError, ConfigError, VoronkaError
from orchestration.core.home import Home
from orchestration.settings import DEMO_CONFIG, Settings, load_settings

if TYPE_CHECKING:
    from orchestration.resources import Backfill

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

ConfigOption = Annotated[
    Path,
    typer.Option(
        "--config",
        envvar="VORONKA_CONFIG",
        help="The company's config; the demo company without it.",
    ),
]
HomeOption = Annotated[
    Path, typer.Option("--home", envvar="VORONKA_HOME", help="The folder everything is written to.")
]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", help="The day to compute for, as 2026-11-22.")
]
_DEFAULT_HOME = Path("var")


def _print_version(asked: bool) -> None:
    if asked:
        console.print(f"voronka {__version__}")
        raise typer.Exit


@app.callback()
def voronka(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Nightly ELT of CRM, telephony and ads into audited sales-funnel marts."""


@app.command()
def nightly(
    config: ConfigOption = DEMO_CONFIG,
    home: HomeOption = _DEFAULT_HOME,
    as_of: AsOfOption = None,
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Build the incremental models anew too.")
    ] = False,
    adopt: Annotated[
        bool, typer.Option("--adopt", help="Take over a home that belongs to another company.")
    ] = False,
) -> None:
    """Pull every source, build the marts, audit them and publish."""
    settings = load_settings(config)
    as_of_day = _as_of(settings, as_of)
    _run(settings, _home(home), as_of_day, full_refresh=full_refresh, adopt=adopt)


@app.command()
def backfill(
    source: Annotated[str, typer.Option("--source", help="The source to read again.")],
    first: Annotated[str, typer.Option("--from", help="The first day, as 2026-01-01.")],
    last: Annotated[str, typer.Option("--to", help="The last day, as 2026-03-31.")],
    config: ConfigOption = DEMO_CONFIG,
    home: HomeOption = _DEFAULT_HOME,
    as_of: AsOfOption = None,
) -> None:
    """Read a range of days of one source again, then build, audit and publish."""
    from orchestration.nightly import Backfill

    settings = load_settings(config)
    if source not in settings.sources:
        known = ", ".join(settings.sources)
        raise ConfigError(f"--source {source} is not in {config}, expected one of {known}")
    window = (_day("--from", first), _day("--to", last))
    if window[0] > window[1]:
        raise ConfigError(f"--from {first} is after --to {last}")
    _run(settings, _home(home), _as_of(settings, as_of), Backfill(source, *window))


@app.command()
def doctor(config: ConfigOption = DEMO_CONFIG, home: HomeOption = _DEFAULT_HOME) -> None:
    """Check config, sources, mappings, disk and versions without changing anything."""
    from orchestration.doctor import diagnose

    table = Table("", "what", "found", title="voronka doctor", title_justify="left")
    is_well = True
    # A vendor may answer slowly: print each finding as soon as it is there.
    with Live(table, console=console, vertical_overflow="visible"):
        for finding in diagnose(config, _home(home)):
            mark = "[green]✓[/]" if finding.ok else "[red]✗[/]"
            table.add_row(mark, finding.what, escape(finding.found))
            is_well = is_well and finding.ok
    if not console.is_terminal:
        console.line()
    if not is_well:
        raise typer.Exit(ConfigError.exit_status)


@app.command("check-purchase")
def check_purchase(
    phone: Annotated[str | None, typer.Option("--phone", help="Phone of the client.")] = None,
    email: Annotated[str | None, typer.Option("--email", help="E-mail of the client.")] = None,
    client_id: Annotated[
        str | None, typer.Option("--client-id", help="Client id of the web analytics.")
    ] = None,
    order: Annotated[str | None, typer.Option("--order", help="Id of the order.")] = None,
    deal: Annotated[str | None, typer.Option("--deal", help="Id of the deal.")] = None,
    lead: Annotated[str | None, typer.Option("--lead", help="Id of the lead.")] = None,
    home: HomeOption = _DEFAULT_HOME,
) -> None:
    """Follow one order through every layer of the last night and say where it stopped, and why."""
    from orchestration.purchase.check import check_purchase as check
    from orchestration.purchase.report import print_report

    report = check(
        _home(home),
        {
            "phone": phone,
            "email": email,
            "client_id": client_id,
            "order": order,
            "deal": deal,
            "lead": lead,
        },
    )
    print_report(console, report)
    if report.stops:
        raise typer.Exit(AuditRefusedError.exit_status)


@app.command()
def notify(
    config: ConfigOption = DEMO_CONFIG,
    home: HomeOption = _DEFAULT_HOME,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the digest and send nothing.")
    ] = False,
) -> None:
    """Send the digest of what is published, with the report, to those the config names."""
    from orchestration.notify.night import published_digest, tell_digest

    settings, folder = load_settings(config), _home(home)
    folder.refuse_other(settings.business.name)
    folder.refuse_missing()
    if not dry_run:
        variable = settings.notify.digest_env
        if not variable:
            raise ConfigError(
                f"{config}: notify.digest_env is not set, expected the name of the environment"
                " variable with the addresses; --dry-run only prints the digest"
            )
        reached = tell_digest(settings, folder, variable)
        console.print(f"[green]✓[/] sent to {reached} address{'es' if reached > 1 else ''}")
        return
    message = published_digest(settings, folder)
    console.print(message.title, style="bold", markup=False, soft_wrap=True)
    console.print(message.body, markup=False, soft_wrap=True)


@app.command()
def publications(home: HomeOption = _DEFAULT_HOME) -> None:
    """List the publications that are kept, the newest first."""
    from orchestration.publish import publications as kept
    from orchestration.summary import print_publications

    folder = _home(home)
    folder.refuse_missing()
    print_publications(console, kept(folder))


@app.command()
def restore(
    publication: Annotated[str, typer.Argument(help="The id, or the start of it.")],
    home: HomeOption = _DEFAULT_HOME,
) -> None:
    """Put a kept publication back in place."""
    from orchestration.publish import restore as put_back

    folder = _home(home)
    folder.refuse_missing()
    folder.prepare()
    with folder.locked():
        back = put_back(folder, publication)
    console.print("[green]✓[/]", end=" ")
    whose = f" of {back.company}" if back.company else ""
    console.print(
        f"{folder.published} is publication {back.id}{whose} as of {back.as_of_date} again",
        markup=False,
        soft_wrap=True,
    )


@app.command()
def report(
    home: HomeOption = _DEFAULT_HOME,
    open_: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    pdf: Annotated[bool, typer.Option("--pdf", help="Print each page as PDF, too.")] = False,
    png: Annotated[bool, typer.Option("--png", help="Print each page as PNG, too.")] = False,
    language: Annotated[str, typer.Option("--language", help="Of the prints: ru or en.")] = "ru",
) -> None:
    """Build the report of what is published: one HTML file that needs no network."""
    from orchestration.report.build import build_report
    from orchestration.report.export import export
    from orchestration.report.words import LANGUAGES

    if language not in LANGUAGES:
        raise ConfigError(f"--language {language} is not one of {', '.join(LANGUAGES)}")

    folder = _home(home)
    folder.refuse_missing()
    built = build_report(folder)
    size = f"{built.size / 1e6:.1f} MB"
    console.print(f"{built.path}, {size}, {built.seconds:.1f} s", markup=False, soft_wrap=True)
    for kind in [kind for kind, is_wanted in (("pdf", pdf), ("png", png)) if is_wanted]:
        for path in export(built.path, kind, language):
            console.print(str(path), markup=False, soft_wrap=True)
    if open_:
        typer.launch(str(built.path))


@app.command()
def ui(
    config: ConfigOption = DEMO_CONFIG,
    home: HomeOption = _DEFAULT_HOME,
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port on 127.0.0.1.")] = 3000,
) -> None:
    """Open the Dagster UI on loopback: lineage, checks and the last runs."""
    from orchestration.ui import serve

    _home(home).refuse_other(load_settings(config).business.name)
    serve(config.resolve(), _home(home), port)


@app.command(
    "dbt", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": True}
)
def dbt(
    arguments: Annotated[
        list[str], typer.Argument(help="What dbt is to do, as: build --select mart_plan_forecast")
    ],
    home: HomeOption = _DEFAULT_HOME,
) -> None:
    """Run dbt on a home's warehouse with the variables of its last night; publishes nothing."""
    from orchestration.dbt_command import run_dbt

    raise typer.Exit(run_dbt(_home(home), arguments))


@app.command("demo-vendors")
def demo_vendors(
    folder: Annotated[
        Path, typer.Option("--folder", help="Where the config and the files are written.")
    ] = Path("demo-vendors"),
    crm: Annotated[str, typer.Option("--crm", help="The CRM to emulate.")] = "amocrm",
    calls: Annotated[str, typer.Option("--calls", help="The telephony.")] = "uis",
    ads: Annotated[str, typer.Option("--ads", help="The ad cabinet.")] = "yandex_direct",
    scale: Annotated[float, typer.Option(help="Size of the company; 1: 20,000 leads.")] = 0.05,
    port: Annotated[
        int, typer.Option(min=1, max=65533, help="The first of three ports on 127.0.0.1.")
    ] = 8101,
    earlier: Annotated[
        bool, typer.Option("--earlier", help="The company as it stood 20 days earlier.")
    ] = False,
    faults: Annotated[
        int | None, typer.Option("--faults", help="Let one answer in ten go wrong, by this seed.")
    ] = None,
) -> None:
    """Serve the demo company as real vendors would, to try the connectors without an account."""
    from orchestration.demo_vendors import demo_vendors as served

    with served(folder, crm, calls, ads, scale, port, earlier, faults) as vendors:
        table = Table("source", "vendor", "address")
        for one in vendors:
            table.add_row(one.name, one.type, one.url)
        console.print(table)
        console.print(
            "In another terminal:\n"
            f"  set -a; . {folder}/secrets.env; set +a\n"
            f"  voronka nightly --config {folder}/voronka.toml --home {folder}/var\n"
            "Ctrl-C ends the vendors.",
            markup=False,
        )
        # Serve until SIGINT or SIGTERM, also when started in the background.
        for end in (signal.SIGINT, signal.SIGTERM):
            signal.signal(end, signal.default_int_handler)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


def _run(
    settings: Settings,
    home: Home,
    as_of: date,
    backfill: "Backfill | None" = None,
    full_refresh: bool = False,
    adopt: bool = False,
) -> None:
    from orchestration.core.progress import ConsoleProgress
    from orchestration.nightly import run_night
    from orchestration.notify.night import tell_failure, tell_published
    from orchestration.summary import print_summary, print_warnings

    if not adopt:
        # The run checks this again once it holds the home; here it fails before dbt is loaded.
        home.refuse_other(settings.business.name)
    console.print(f"{settings.business.name} as of {as_of}, home {home.root}", markup=False)
    progress = ConsoleProgress(console)
    try:
        night = run_night(settings, home, as_of, progress, backfill, full_refresh, adopt)
    except VoronkaError as error:
        sentences = [f"{one}" for one in (error, *getattr(error, "__notes__", ()))]
        _warn(tell_failure(settings, home, as_of, sentences))
        raise
    print_warnings(console, night.warnings, night.found, as_of)
    marts = home.published / "marts.duckdb"
    print_summary(console, marts, settings.business.base_currency)
    parquet = home.published / "parquet"
    console.print(f"Marts: {marts}\nParquet: {parquet}", markup=False, soft_wrap=True)
    # A report that failed has its own line among the steps and the warnings.
    written = home.published / "report" / "index.html"
    if written.exists():
        console.print(f"Report: {written}", markup=False, soft_wrap=True)
    _warn(tell_published(settings, home))


def _warn(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        console.print(f"! {sentence}", style="yellow", markup=False, soft_wrap=True)


def _home(root: Path) -> Home:
    return Home(root.resolve())


def _as_of(settings: Settings, given: str | None) -> date:
    now = datetime.now(UTC)
    as_of = settings.default_as_of(now) if given is None else _day("--as-of", given)
    settings.refuse_future(as_of, now)
    return as_of


def _day(option: str, value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ConfigError(f"{option} {value} is not a date, expected one like 2026-11-22") from None


def main() -> None:
    """Run the command line. An expected failure prints one sentence and has its own exit status. If
    several sources failed, each prints its sentence; the status is that of the first."""
    # A night makes millions of objects, few of them in reference cycles. Python's default, a
    # collection after every 700 new objects, took a twelfth of the CPU.
    gc.set_threshold(50_000, 20, 100)
    # A library that cannot write its log would print a page of traceback for each log line.
    logging.raiseExceptions = False
    try:
        app()
    except VoronkaError as error:
        for sentence in (error, *getattr(error, "__notes__", ())):
            errors.print(f"✗ {sentence}", style="red", markup=False, soft_wrap=True)
        sys.exit(error.exit_status)
