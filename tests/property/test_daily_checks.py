"""Freshness and volume of gate 1, counted a second time in plain Python."""

from datetime import date, timedelta
from itertools import pairwise
from math import sqrt
from random import Random
from statistics import median

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_quality.checks import CheckContext
from data_quality.daily import DAYS, daily_measures
from orchestration.core.entities import ENTITIES

AS_OF = date(2026, 6, 30)
QUERIES = {
    measure.check_id: measure.query.format(batch="delivered")
    for measure in daily_measures(ENTITIES["ad_stats"], CheckContext(AS_OF, "RUB", "UTC", "crm"))
}
# How many rows came on each of the last days, the as_of day first.
COUNTS = st.lists(st.integers(0, 30), min_size=1, max_size=120)


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as connection:
        yield connection


def measured(connection, check_id: str, counts: list[int], column: str = "value") -> dict:
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
    return {row["date"]: row[column] for row in rows}


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
    if len(expected) >= 5:
        return sum(counts[i] > 0 for i in expected) / len(expected)
    if any(counts[i] for i in week):
        return 1.0
    filled = [i for i, n in enumerate(counts) if n and i >= back]
    gaps = [later - earlier for earlier, later in pairwise(filled)]
    return float(len(gaps) < 3 or filled[0] - back <= 3 * max(gaps))


def least(counts: list[int], back: int) -> float:
    """The threshold of a week: 70 % of its usual days, or what chance leaves of them."""
    expected = [i for i in range(back, min(back + 7, len(counts))) if is_usual(counts, i)]
    if len(expected) < 5:
        return 0.7
    chances = []
    for i in expected:
        before = weekdays_before(counts, i)
        chances.append((sum(n > 0 for n in before) + 0.5) / (len(before) + 1))
    deviation = sqrt(sum(chance * (1 - chance) for chance in chances))
    return min(0.7, max(0.0, (sum(chances) - 3 * deviation) / len(expected)))


@given(COUNTS)
def test_freshness_is_the_share_of_the_usual_days_of_a_week_that_came(connection, counts):
    own = lived(counts)
    expected = {AS_OF - timedelta(back): fresh(own, back) for back in range(min(DAYS, len(own)))}
    assert measured(connection, "fresh", counts) == pytest.approx(expected)
    lines = {day: least(own, (AS_OF - day).days) for day in expected}
    assert measured(connection, "fresh", counts, "threshold") == pytest.approx(lines)


@given(COUNTS)
def test_volume_is_a_day_over_the_median_of_its_weekday(connection, counts):
    own = lived(counts)
    expected = {}
    for back in range(min(DAYS, len(own))):
        before = weekdays_before(own, back)
        if before and median(before) >= 10:
            expected[AS_OF - timedelta(back)] = min(1.0, own[back] / median(before))
    assert measured(connection, "volume", counts) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("usual", "came", "is_told"),
    [
        (10, 0, True),
        (10, 1, False),
        (12, 1, False),
        (30, 11, False),
        (30, 8, True),
        (100, 29, True),
    ],
)
def test_a_day_with_few_rows_is_reported_if_it_is_significant(connection, usual, came, is_told):
    counts = [came] + [usual] * 63
    values = measured(connection, "volume", counts)
    lines = measured(connection, "volume", counts, "threshold")
    assert {day for day in values if values[day] < lines[day]} == ({AS_OF} if is_told else set())


def alarms(connection, counts: list[int]) -> int:
    """How many of the weeks are told not to be fresh."""
    values = measured(connection, "fresh", counts)
    lines = measured(connection, "fresh", counts, "threshold")
    return sum(values[day] < lines[day] for day in values)


@pytest.mark.parametrize("days_a_week", [0.3, 1, 2, 4, 5, 6, 6.9])
def test_a_source_that_delivers_as_ever_raises_no_alarm(connection, days_a_week):
    """Rows on days by chance, however few: of 20 sources over 35 nights, 1 in 40 at most."""
    random = Random(1)
    found = 0
    for _ in range(20):
        counts = [int(random.random() < days_a_week / 7) for _ in range(400)]
        found += alarms(connection, counts)
    assert found <= 20 * DAYS / 40


@pytest.mark.parametrize(("days_a_week", "nights"), [(7, 3), (5, 3), (3, 21), (1, 30), (7, 300)])
def test_a_stopped_source_is_reported(connection, days_a_week, nights):
    """Monday to Friday at the latest on the third working day; a rare one later, but it is."""
    weekdays = {7: range(7), 5: range(5), 3: (0, 2, 4), 1: (0,)}[days_a_week]
    days = [AS_OF - timedelta(back) for back in range(400)]
    counts = [int(day.weekday() in weekdays and (AS_OF - day).days >= nights) for day in days]
    assert measured(connection, "fresh", counts)[AS_OF] < 0.7
