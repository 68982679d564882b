"""The summary after a night: published numbers for the head of sales, a table or a document."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console
from rich.table import Table

from data_quality.checks import CheckResult
from data_quality.warnings import warning, worst_warnings
from orchestration.headline import (
    MEASURES,
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


@dataclass(frozen=True)
class _Period:
    """The values of MEASURES from the first to the last day, both included; None: no data."""

    name: str
    label: str
    first: date
    last: date
    values: list[float | None]


def print_summary(console: Console, marts: Path, currency: str) -> None:
    """Print leads, won deals, revenue, spend and calls of the published file, by period, and the
    worst completeness score with its reason. Money is in `currency`; a dash is no data."""
    with duckdb.connect(marts, read_only=True) as connection:
        as_of = as_of_date(connection)
        periods = _periods(connection, as_of)
        table = Table(title=f"Published as of {as_of:%d %B %Y}", title_justify="left")
        table.add_column("")
        for period in periods:
            table.add_column(period.label, justify="right")
        for place, measure in enumerate(MEASURES):
            unit = f", {currency}" if measure.is_money else ""
            cells = [_shown(period.values[place], measure.is_money) for period in periods]
            table.add_row(_LABELS[measure.name] + unit, *cells)
        console.print(table)
        _print_completeness(console, connection, as_of)


def summary_document(marts: Path, currency: str) -> dict[str, Any]:
    """The numbers of the table as plain values; the first and the last day of a period count."""
    with duckdb.connect(marts, read_only=True) as connection:
        as_of = as_of_date(connection)
        return {
            "as_of_date": as_of,
            "currency": currency,
            "periods": [
                {
                    "period": period.name,
                    # All time begins wherever the data does.
                    "first": None if period.first == date.min else period.first,
                    "last": period.last,
                    **{
                        measure.name: value if measure.is_money or value is None else int(value)
                        for measure, value in zip(MEASURES, period.values, strict=True)
                    },
                }
                for period in _periods(connection, as_of)
            ],
            "completeness": [
                {"mart": mart, "score": score, "worst_check": check}
                for mart, (score, check) in completeness(connection, as_of).items()
            ],
            "not_applicable": _lacking(connection, as_of),
        }


def _periods(marts: duckdb.DuckDBPyConnection, as_of: date) -> list[_Period]:
    month, before = month_to_date(as_of), month_before(as_of)
    periods = (
        ("month_to_date", f"{as_of:%B %Y}, to day {as_of.day}", month),
        ("month_before", f"{before[0]:%B %Y}", before),
        ("all_time", "All time", (date.min, as_of)),
    )
    return [
        _Period(name, label, *days, [measure.of(marts, days) for measure in MEASURES])
        for name, label, days in periods
    ]


def warning_lines(told: Iterable[str], found: Sequence[CheckResult], as_of: date) -> list[str]:
    """The messages of the run and the three worst warnings of the gates, with their marts."""
    ranked = worst_warnings(found, as_of)
    lines = [*told, *map(warning, ranked[:_NAMED_WARNINGS])]
    others = len(ranked) - _NAMED_WARNINGS
    if others > 0:
        checks = "check warns" if others == 1 else "checks warn"
        lines.append(f"{others} more {checks}: see mart_data_quality")
    return lines


def print_warnings(console: Console, lines: Iterable[str]) -> None:
    """Print the lines, not cut or wrapped: a program may read the log."""
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


def publications_document(publications: Sequence[Publication]) -> dict[str, Any]:
    """The same as plain values."""
    return {
        "publications": [
            {
                "publication": one.id,
                "is_current": one.is_current,
                "as_of_date": one.as_of_date,
                "published_at": one.published_at.replace(tzinfo=UTC),
                "tables": len(one.row_counts),
                "rows": sum(one.row_counts.values()),
                "company": one.company,
            }
            for one in publications
        ]
    }


def _print_completeness(
    console: Console, connection: duckdb.DuckDBPyConnection, as_of: date
) -> None:
    scores = completeness(connection, as_of)
    if scores:
        mart, (score, check) = next(iter(scores.items()))
        colour = "green" if score >= 0.99 else "yellow" if score >= 0.9 else "red"
        reason = f" ({check})" if check and score < 1 else ""
        console.print(f"Completeness: [{colour}]{score:.1%}[/] at the worst, in {mart}{reason}")
    for entity, marts in _lacking(connection, as_of).items():
        console.print(
            f"Not applicable, as no source delivers {entity}: {', '.join(marts)}", soft_wrap=True
        )


def _lacking(connection: duckdb.DuckDBPyConnection, as_of: date) -> dict[str, list[str]]:
    """By entity that no source delivers, the marts that need it."""
    lacking: dict[str, list[str]] = {}
    for mart, check in connection.execute(
        "select mart, worst_check from marts.mart_completeness"
        " where date = ? and status = 'not applicable' order by mart",
        [as_of],
    ).fetchall():
        lacking.setdefault(check.partition(":")[2], []).append(mart)
    return lacking


def _shown(value: float | None, is_money: bool) -> str:
    if value is None:
        return "-"
    return f"{value:,.2f}" if is_money else f"{value:,.0f}"
