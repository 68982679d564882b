"""The calendars of countries, by what their governments have published."""

from datetime import date

import pytest

from orchestration.days_off import days_off, public_holidays

# Country, region, day, whether it is worked, why.
DAYS = [
    ("RU", None, "2024-11-02", True, "a Saturday worked for 31 December"),
    ("RU", None, "2024-12-30", False, "moved from Saturday 27 April"),
    ("RU", None, "2024-11-09", False, "a Saturday"),
    ("US", None, "2026-07-03", False, "Independence Day falls on a Saturday"),
    ("DE", None, "2026-06-04", True, "Corpus Christi is no holiday of the whole country"),
    ("DE", "BY", "2026-06-04", False, "but of Bavaria"),
    ("IL", None, "2026-11-27", False, "a Friday"),
    ("IL", None, "2026-11-29", True, "a Sunday"),
    ("CN", None, "2026-02-28", True, "a Saturday worked for the Spring Festival"),
]


@pytest.mark.parametrize(("country", "region", "day", "is_worked", "why"), DAYS)
def test_days_are_worked_as_the_country_says(country, region, day, is_worked, why):
    off = days_off(country, region, 2026)
    assert (date.fromisoformat(day) not in off) == is_worked, why


def test_they_reach_from_1990_to_the_end_of_the_last_year():
    off = days_off("RU", None, 2026)
    assert (off[0], off[-1]) == (date(1990, 1, 6), date(2026, 12, 31))
    assert off == sorted(set(off))


def test_nothing_is_known_of_a_country_that_is_none():
    assert (days_off("XX", None, 2026), public_holidays("XX", None, 2026)) == ([], 0)
