"""The command line: `voronka COMMAND`. Each module holds the commands of one subject and imports
what a command needs only when it runs, so that `voronka --help` answers at once.

Exit status: 0 done; 1 the audit refused to publish, or a checked order stopped; 2 bad config or
usage, a refused token, an unknown account or a missing right, or a full disk; 3 a source failed or
its quota is used up; 4 published as files, but a server of the config did not take the marts.

With `--json` a command prints one JSON document on stdout; progress and errors go to stderr.
"""

import atexit
import gc
import logging
import os
import sys
from typing import Annotated

import typer

from orchestration import __version__
from orchestration.cli import checks, nights, published, start, tools
from orchestration.cli.options import console, errors
from orchestration.core.errors import VoronkaError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

# In the order of the help.
app.command()(start.init)
app.command()(nights.nightly)
app.command()(nights.backfill)
app.command()(checks.doctor)
app.command("check-purchase")(checks.check_purchase)
app.command()(published.notify)
app.command()(published.publish)
app.command()(published.publications)
app.command()(published.restore)
app.command()(published.report)
app.command()(tools.ui)
app.command(
    "dbt", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": True}
)(tools.dbt)
app.command("demo-vendors")(tools.demo_vendors)
app.command()(tools.completion)


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


def main() -> None:
    """Run the command line. An expected failure prints one sentence and has its own exit status. If
    several sources failed, each prints its sentence; the status is that of the first."""
    # A night makes millions of objects, few of them in reference cycles. Python's default, a
    # collection after every 700 new objects, took a twelfth of the CPU.
    gc.set_threshold(50_000, 20, 100)
    # Before it ends, Python would look for cycles in all that there is: two seconds for nothing.
    atexit.register(gc.freeze)
    # A library that cannot write its log would print a page of traceback for each log line.
    logging.raiseExceptions = False
    if tools.COMPLETION_VARIABLE in os.environ:
        tools.prepare_completion()
    try:
        app()
    except VoronkaError as error:
        for sentence in (error, *getattr(error, "__notes__", ())):
            errors.print(f"✗ {sentence}", style="red", markup=False, soft_wrap=True)
        sys.exit(error.exit_status)
