"""The summary after a night: a table of published numbers for the head of sales."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from data_quality.checks import CheckResult
from data_quality.warnings import warning, worst_warnings
from orchestration.core import sql
from orchestration.publish import Publication

_NAMED_WARNINGS = 3

# Revenue is unknown, too, where no win of the period has a known amount.
_REVENUE = """
    case when count(*) filter (where revenue is null) = 0
        or count(*) filter (where revenue <> 0 or won > 0 and revenue = 0) > 0
    then sum(revenue) end
"""
_AMOUNTS = "fct_deal where amount_base is not null"

# One row per measure: its label, the mart, the expression, the fact it is made of, its format.
# A mart has rows of several facts: its 0 may mean that no source delivers the fact.
_MEASURES = (
    ("Leads", "mart_channel_conversion", "sum(leads)", "fct_lead", "count"),
    ("Won deals", "mart_channel_conversion", "sum(won)", "fct_deal", "count"),
    ("Revenue", "mart_channel_conversion", _REVENUE, _AMOUNTS, "money"),
    ("Ad spend", "mart_channel_conversion", "sum(spend)", "fct_ad_spend", "money"),
    ("Calls", "mart_call_daily", "sum(sessions)", "fct_call", "count"),
)


def print_summary(console: Console, marts: Path, currency: str) -> None:
    """Print leads, won deals, revenue, spend and calls of the published file, by period, and the
    worst completeness score with its reason. Money is in `currency`; a dash is no data."""
    with duckdb.connect(marts, read_only=True) as connection:
        as_of = _scalar(connection, "select as_of_date from marts.publication")
        month = as_of.replace(day=1)
        previous = (
            month.replace(month=month.month - 1)
            if month.month > 1
            else month.replace(year=month.year - 1, month=12)
        )
        periods = {
            f"{month:%B %Y}, to day {as_of.day}": (month, as_of),
            f"{previous:%B %Y}": (previous, date.fromordinal(month.toordinal() - 1)),
            "All time": (date(1, 1, 1), as_of),
        }
        table = Table(title=f"Published as of {as_of:%d %B %Y}", title_justify="left")
        table.add_column("")
        for period in periods:
            table.add_column(period, justify="right")
        for label, mart, expression, fact, kind in _MEASURES:
            query = (
                f"select {expression}, count(*) from marts.{mart} where date between ? and ?"  # noqa: S608 - our own constants
                f" and exists (select 1 from marts.{fact})"
            )
            cells = [
                _shown(kind, *sql.only_row(connection.execute(query, list(bounds))))
                for bounds in periods.values()
            ]
            unit = f", {currency}" if kind == "money" else ""
            table.add_row(label + unit, *cells)
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
    rows = connection.execute(
        """
        select mart, status, score, worst_check from marts.mart_completeness
        where date = ? order by score, mart
        """,
        [as_of],
    ).fetchall()
    scored = [row for row in rows if row[1] != "not applicable"]
    if scored:
        mart, _, score, check = scored[0]
        colour = "green" if score >= 0.99 else "yellow" if score >= 0.9 else "red"
        reason = f" ({check})" if check and score < 1 else ""
        console.print(f"Completeness: [{colour}]{score:.1%}[/] at the worst, in {mart}{reason}")
    lacking: dict[str, list[str]] = {}
    for mart, status, _, check in rows:
        if status == "not applicable":
            lacking.setdefault(check.partition(":")[2], []).append(mart)
    for entity, marts in lacking.items():
        console.print(
            f"Not applicable, as no source delivers {entity}: {', '.join(marts)}", soft_wrap=True
        )


def _shown(kind: str, value: float | None, rows: int) -> str:
    if not rows or value is None:
        return "-"
    return f"{value:,.2f}" if kind == "money" else f"{value:,.0f}"


def _scalar(connection: duckdb.DuckDBPyConnection, query: str) -> date:
    day: date = sql.only_row(connection.execute(query))[0]
    return day
