"""The list of steps as a person or a program reads it."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from orchestration.purchase.check import Report
from orchestration.purchase.step import State

_LOOKS = {
    State.ARRIVED: ("green", "✓"),
    State.KEPT_OUT: ("cyan", "✓"),
    State.STOPPED: ("red", "✗"),
    State.WAITING: ("yellow", "·"),
    State.NOT_NEEDED: ("dim", "-"),
}


def print_report(console: Console, report: Report) -> None:
    """Print the steps as a table, then where the order stopped and what to do next."""
    table = Table(title=f"Order of {report.order.wanted.shown}", title_justify="left")
    for column in ("", "step", "state", f"when, {report.zone}"):
        table.add_column(column, no_wrap=True)
    table.add_column("rows", justify="right", no_wrap=True)
    table.add_column("what, and where", overflow="fold")
    zone = ZoneInfo(report.zone)
    for step in report.steps:
        colour, sign = _LOOKS[step.state]
        table.add_row(
            f"[{colour}]{sign}[/]",
            step.name,
            f"[{colour}]{step.state.value}[/]",
            _shown(step.when, zone),
            "" if step.rows is None else f"{step.rows:,}",
            escape(step.found) + (f" [dim]({step.where})[/]" if step.where else ""),
        )
    console.print(table)
    for step in report.stops:
        _say(console, "red", f"✗ Stopped at {step.name}: {step.found}.")
        _say(console, None, f"  Next: {step.advice}")
    if report.stops:
        return
    if report.order.is_test:
        _say(console, "green", "✓ The order arrived everywhere and is kept out of the marts.")
    else:
        _say(console, "green", "✓ The order arrived everywhere.")


def report_document(report: Report) -> dict[str, Any]:
    """The same as plain values; `at` is UTC."""
    return {
        "order": report.order.wanted.shown,
        "is_test": report.order.is_test,
        "arrived": not report.stops,
        "steps": [
            {
                "step": step.name,
                "state": step.state.name.lower(),
                "at": step.when.replace(tzinfo=UTC) if step.when else None,
                "rows": step.rows,
                "found": step.found,
                "where": step.where or None,
                "advice": step.advice or None,
            }
            for step in report.steps
        ],
    }


def _shown(moment: datetime | None, zone: ZoneInfo) -> str:
    if moment is None:
        return ""
    return f"{moment.replace(tzinfo=UTC).astimezone(zone):%Y-%m-%d %H:%M}"


def _say(console: Console, style: str | None, sentence: str) -> None:
    console.print(sentence, style=style, markup=False, soft_wrap=True)
