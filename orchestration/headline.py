"""The main numbers of what is published: leads, won deals, revenue, spend and calls of a period."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb

from orchestration.core import sql

# Revenue is unknown, too, where no win of the period has a known amount.
_REVENUE = """
    case when count(*) filter (where revenue is null) = 0
        or count(*) filter (where revenue <> 0 or won > 0 and revenue = 0) > 0
    then sum(revenue) end
"""
_AMOUNTS = "fct_deal where amount_base is not null"


@dataclass(frozen=True)
class Measure:
    """A number of a mart that has a column `date`. A mart has rows of several facts: its 0 may mean
    that no source delivers `fact`."""

    name: str
    mart: str
    expression: str
    fact: str
    is_money: bool = False

    def of(self, marts: duckdb.DuckDBPyConnection, period: tuple[date, date]) -> float | None:
        """The number of a period, both ends included; None: no data."""
        query = (
            f"select {self.expression}, count(*) from marts.{self.mart} where date between ? and ?"  # noqa: S608 - our own constants
            f" and exists (select 1 from marts.{self.fact})"
        )
        value, rows = sql.only_row(marts.execute(query, list(period)))
        return value if rows else None


MEASURES = (
    Measure("leads", "mart_channel_conversion", "sum(leads)", "fct_lead"),
    Measure("won", "mart_channel_conversion", "sum(won)", "fct_deal"),
    Measure("revenue", "mart_channel_conversion", _REVENUE, _AMOUNTS, is_money=True),
    Measure("spend", "mart_channel_conversion", "sum(spend)", "fct_ad_spend", is_money=True),
    Measure("calls", "mart_call_daily", "sum(sessions)", "fct_call"),
)


def as_of_date(marts: duckdb.DuckDBPyConnection) -> date:
    """The day that a publication was computed for."""
    day: date = sql.only_row(marts.execute("select as_of_date from marts.publication"))[0]
    return day


def month_to_date(day: date) -> tuple[date, date]:
    """The month of a day, up to the day."""
    return day.replace(day=1), day


def month_before(day: date) -> tuple[date, date]:
    """The whole month before that of a day."""
    last = day.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def same_days_before(day: date) -> tuple[date, date]:
    """The days of the month before up to the same day of the month; all of it after the last day
    of a month."""
    first, last = month_before(day)
    is_over = (day + timedelta(days=1)).day == 1
    return first, last if is_over else min(last, first + timedelta(days=day.day - 1))


def completeness(marts: duckdb.DuckDBPyConnection, day: date) -> Mapping[str, tuple[float, str]]:
    """By mart, the score of a day and the worst check, the worst mart first; a mart whose entities
    no source delivers is left out."""
    rows = marts.execute(
        "select mart, score, worst_check from marts.mart_completeness"
        " where date = ? and score is not null order by score, mart",
        [day],
    ).fetchall()
    return {mart: (score, check) for mart, score, check in rows}
