"""The summary after a night: a table of published numbers for the head of sales."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from data_quality.checks import CheckResult
from data_quality.warnings import warning, worst_warnings
from orchestration.headline import (
    MEASURES,
    Measure,
    as_of_date,
    completeness,
    month_before,
    month_to_date,
)
from orchestration.publish import Publication

_NAMED_WARNINGS = 3

_LABELS = {
    "leads": "Leads",
    "won": "Won deals",
    "revenue": "Revenue",
    "spend": "Ad spend",
    "calls": "Calls",
}


def print_summary(console: Console, marts: Path, currency: str) -> None:
    """Print leads, won deals, revenue, spend and calls of the published file, by period, and the
    worst completeness score with its reason. Money is in `currency`; a dash is no data."""
    with duckdb.connect(marts, read_only=True) as connection:
        as_of = as_of_date(connection)
        month, before = month_to_date(as_of), month_before(as_of)
        periods = {
            f"{as_of:%B %Y}, to day {as_of.day}": month,
            f"{before[0]:%B %Y}": before,
            "All time": (date.min, as_of),
        }
        table = Table(title=f"Published as of {as_of:%d %B %Y}", title_justify="left")
        table.add_column("")
        for period in periods:
            table.add_column(period, justify="right")
        for measure in MEASURES:
            unit = f", {currency}" if measure.is_money else ""
            cells = [_shown(measure, connection, period) for period in periods.values()]
            table.add_row(_LABELS[measure.name] + unit, *cells)
        console.print(table)
        _print_completeness(console, connection, as_of)


def print_warnings(
    console: Console, told: Iterable[str], found: Sequence[CheckResult], as_of: date
) -> None:
    """Print the messages of the run and the three worst warnings of the gates, with their marts.

    Lines are not cut or wrapped here: a program may read the log.
    """
    ranked = worst_warnings(found, as_of)
    lines = [*told, *map(warning, ranked[:_NAMED_WARNINGS])]
    others = len(ranked) - _NAMED_WARNINGS
    if others > 0:
        checks = "check warns" if others == 1 else "checks warn"
        lines.append(f"{others} more {checks}: see mart_data_quality")
    for line in lines:
        console.print(f"! {line}", style="yellow", markup=False, soft_wrap=True)


def print_publications(console: Console, publications: Sequence[Publication]) -> None:
    """Print one line for each publication. A table of Rich would cut ids on a narrow terminal."""
    width = max((len(one.id) for one in publications), default=11)
    lines = [
        f"  {'publication':<{width}}  {'as of':<10}  {'published at (UTC)':<19}"
        f"  {'tables':>6}  {'rows':>13}  company"
    ]
    for one in publications:
        mark = "→" if one.is_current else " "
        lines.append(
            f"{mark} {one.id:<{width}}  {one.as_of_date}  {one.published_at:%Y-%m-%d %H:%M:%S}"
            f"  {len(one.row_counts):>6}  {sum(one.row_counts.values()):>13,}  {one.company or '-'}"
        )
    console.print("\n".join(lines), markup=False, soft_wrap=True)


def _print_completeness(
    console: Console, connection: duckdb.DuckDBPyConnection, as_of: date
) -> None:
    scores = completeness(connection, as_of)
    if scores:
        mart, (score, check) = next(iter(scores.items()))
        colour = "green" if score >= 0.99 else "yellow" if score >= 0.9 else "red"
        reason = f" ({check})" if check and score < 1 else ""
        console.print(f"Completeness: [{colour}]{score:.1%}[/] at the worst, in {mart}{reason}")
    lacking: dict[str, list[str]] = {}
    for mart, check in connection.execute(
        "select mart, worst_check from marts.mart_completeness"
        " where date = ? and status = 'not applicable' order by mart",
        [as_of],
    ).fetchall():
        lacking.setdefault(check.partition(":")[2], []).append(mart)
    for entity, marts in lacking.items():
        console.print(
            f"Not applicable, as no source delivers {entity}: {', '.join(marts)}", soft_wrap=True
        )


def _shown(measure: Measure, marts: duckdb.DuckDBPyConnection, period: tuple[date, date]) -> str:
    value = measure.of(marts, period)
    if value is None:
        return "-"
    return f"{value:,.2f}" if measure.is_money else f"{value:,.0f}"
