"""Freshness and volume of gate 1, counted a second time in plain Python."""

from datetime import date, timedelta
from statistics import median

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_quality.checks import Night
from data_quality.daily import DAYS, daily_measures
from orchestration.sources.entities import ENTITIES

AS_OF = date(2026, 6, 30)
QUERIES = {
    measure.check_id: measure.query.format(batch="delivered")
    for measure in daily_measures(ENTITIES["ad_stats"], Night(AS_OF, "RUB", "UTC", "crm"))
}
# How many rows came on each of the last days, the as_of day first.
COUNTS = st.lists(st.integers(0, 30), min_size=1, max_size=120)


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as connection:
        yield connection


def measured(connection, check_id: str, counts: list[int]) -> dict[date, float]:
    connection.execute("create or replace table delivered (date date)")
    rows = [f"(date '{AS_OF - timedelta(back)}', {n})" for back, n in enumerate(counts)]
    connection.execute(
        "insert into delivered select counted.day from (values "
        + ", ".join(rows)
        + ") as counted(day, n), range(n)"
    )
    found = connection.execute(QUERIES[check_id]).fetchall()
    columns = [column[0] for column in connection.description]
    rows = [dict(zip(columns, row, strict=True)) for row in found]
    return {row["date"]: row["value"] for row in rows}


def lived(counts: list[int]) -> list[int]:
    """The counts from the first day with rows on: what was before is not measured."""
    while counts and counts[-1] == 0:
        counts = counts[:-1]
    return counts


def weekdays_before(counts: list[int], back: int) -> list[int]:
    return [counts[i] for i in range(back + 7, back + 57, 7) if i < len(counts)]


def is_usual(counts: list[int], back: int) -> bool:
    before = weekdays_before(counts, back)
    return len(before) >= 4 and sum(n > 0 for n in before) >= 0.8 * len(before)


def fresh(counts: list[int], back: int) -> float:
    week = range(back, min(back + 7, len(counts)))
    expected = [i for i in week if is_usual(counts, i)]
    if expected:
        return sum(counts[i] > 0 for i in expected) / len(expected)
    return float(any(counts[i] for i in week))


@given(COUNTS)
def test_freshness_is_the_share_of_the_usual_days_of_a_week_that_came(connection, counts):
    own = lived(counts)
    expected = {AS_OF - timedelta(back): fresh(own, back) for back in range(min(DAYS, len(own)))}
    assert measured(connection, "fresh", counts) == pytest.approx(expected)


@given(COUNTS)
def test_volume_is_a_day_over_the_median_of_its_weekday(connection, counts):
    own = lived(counts)
    expected = {}
    for back in range(min(DAYS, len(own))):
        before = weekdays_before(own, back)
        if before and median(before) >= 10:
            expected[AS_OF - timedelta(back)] = min(1.0, own[back] / median(before))
    assert measured(connection, "volume", counts) == pytest.approx(expected)
