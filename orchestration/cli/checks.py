"""The commands that check a config and an order."""

from typing import Annotated

import typer
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from orchestration.cli.options import (
    DEFAULT_HOME,
    ConfigOption,
    HomeOption,
    JsonOption,
    console,
    home_of,
    print_json,
)
from orchestration.core.errors import AuditRefusedError, ConfigError
from orchestration.core.project import DEMO_CONFIG


def doctor(
    config: ConfigOption = DEMO_CONFIG, home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False
) -> None:
    """Check config, sources, mappings, disk and versions without changing anything."""
    from orchestration.doctor import diagnose

    if as_json:
        findings = [vars(finding) for finding in diagnose(config, home_of(home))]
        is_well = all(finding["ok"] for finding in findings)
        print_json({"ok": is_well, "findings": findings})
    else:
        table = Table("", "what", "found", title="voronka doctor", title_justify="left")
        is_well = True
        # A vendor may answer slowly: print each finding as soon as it is there.
        with Live(table, console=console, vertical_overflow="visible"):
            for finding in diagnose(config, home_of(home)):
                well = "[yellow]![/]" if finding.advice else "[green]✓[/]"
                mark = well if finding.ok else "[red]✗[/]"
                advice = f"\nNext: {finding.advice}" if finding.advice else ""
                table.add_row(mark, finding.what, escape(finding.found + advice))
                is_well = is_well and finding.ok
        if not console.is_terminal:
            console.line()
    if not is_well:
        raise typer.Exit(ConfigError.exit_status)


def check_purchase(
    phone: Annotated[str | None, typer.Option("--phone", help="Phone of the client.")] = None,
    email: Annotated[str | None, typer.Option("--email", help="E-mail of the client.")] = None,
    client_id: Annotated[
        str | None, typer.Option("--client-id", help="Client id of the web analytics.")
    ] = None,
    order: Annotated[str | None, typer.Option("--order", help="Id of the order.")] = None,
    deal: Annotated[str | None, typer.Option("--deal", help="Id of the deal.")] = None,
    lead: Annotated[str | None, typer.Option("--lead", help="Id of the lead.")] = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Follow one order through every layer of the last night and say where it stopped, and why."""
    from orchestration.purchase.check import check_purchase as check
    from orchestration.purchase.report import print_report, report_document

    report = check(
        home_of(home),
        {
            "phone": phone,
            "email": email,
            "client_id": client_id,
            "order": order,
            "deal": deal,
            "lead": lead,
        },
    )
    if as_json:
        print_json(report_document(report))
    else:
        print_report(console, report)
    if report.stops:
        raise typer.Exit(AuditRefusedError.exit_status)
