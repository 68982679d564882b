"""The list of steps as a person reads it."""

from datetime import UTC, datetime
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


def _shown(moment: datetime | None, zone: ZoneInfo) -> str:
    if moment is None:
        return ""
    return f"{moment.replace(tzinfo=UTC).astimezone(zone):%Y-%m-%d %H:%M}"


def _say(console: Console, style: str | None, sentence: str) -> None:
    console.print(sentence, style=style, markup=False, soft_wrap=True)
