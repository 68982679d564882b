"""Texts as numbers, dates and durations: what has one reading is read, all else is refused."""

from datetime import date, datetime
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.sources.mapping import times
from orchestration.sources.mapping.numbers import Numbers

EXACT = "decimal(38, 10)"


@pytest.fixture(scope="module")
def ask():
    """Reads a text with an expression over `value`; times without an offset are of Moscow."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'Europe/Moscow'")

        def read(expression: str, text: str) -> object:
            query = f"select {expression} from (select $text as value)"
            return connection.execute(query, {"text": text}).fetchone()[0]

        yield read


POINT = Numbers(".", None, {})
COMMA = Numbers(",", None, {})
GERMAN = Numbers(",", ".", {})
AMERICAN = Numbers(
    *(".", ","), {"$": 1, "US$": 1, "%": 0.01, "K": 1000, "M": 1e6, "()": -1, "Cr": -1}
)
RUSSIAN = Numbers(",", " ", {"₽": 1, "дол.": 1, "тыс.": 1000, "()": -1})


@pytest.mark.parametrize(
    ("notation", "text", "number"),
    [
        (POINT, "-12.50", "-12.5"),
        (POINT, "+.5", "0.5"),
        (POINT, "12.", "12"),
        (POINT, "1 234 567.8", "1234567.8"),
        (POINT, "1\u00a0234.5", "1234.5"),
        (POINT, "1\u202f234", "1234"),
        (POINT, "1'234.50", "1234.5"),
        (POINT, "1'234 567", None),
        (POINT, "\u22125.25", "-5.25"),
        (POINT, "1e3", "1000"),
        (POINT, "0.0000007", "0.0000007"),
        (POINT, "12345678901234567890.12345678", "12345678901234567890.12345678"),
        (POINT, "1 2 3", None),
        (POINT, "1234 567", None),
        (POINT, "12 34", None),
        (POINT, "1_000", None),
        (POINT, "1,234.5", None),
        (POINT, "1,5", None),
        (POINT, "0x10", None),
        (POINT, "$5", None),
        (POINT, "(5)", None),
        (POINT, "-", None),
        (POINT, "--5", None),
        (POINT, "nan", None),
        (POINT, "infinity", None),
        (COMMA, "1 234,5", "1234.5"),
        (COMMA, "1234,567", "1234.567"),
        (COMMA, "1,5E+3", "1500"),
        (COMMA, "1.234", None),
        (COMMA, "1,234,5", None),
        (GERMAN, "1.234,56", "1234.56"),
        (GERMAN, "1.234", "1234"),
        (GERMAN, "1.23", None),
        (GERMAN, "1 234,5", None),
        (Numbers(".", "'", {}), "1'234.50", "1234.5"),
        (Numbers(",", "'", {}), "1\u2019234,50", "1234.5"),
        (AMERICAN, "$1,234.56", "1234.56"),
        (AMERICAN, "-$34.56", "-34.56"),
        (AMERICAN, "$-34.56", "-34.56"),
        (AMERICAN, "US$ 5", "5"),
        (AMERICAN, "(34.50)", "-34.5"),
        (AMERICAN, "($1,234.50)", "-1234.5"),
        (AMERICAN, "34.50 Cr", "-34.5"),
        (AMERICAN, "12.5%", "0.125"),
        (AMERICAN, "141.56K", "141560"),
        (AMERICAN, "$1.5M", "1500000"),
        (AMERICAN, "1,234", "1234"),
        (AMERICAN, "(34.50", None),
        (AMERICAN, "(-34.50)", None),
        (AMERICAN, "34.50 EUR", None),
        (AMERICAN, "$", None),
        (RUSSIAN, "1 234,56 ₽", "1234.56"),
        (RUSSIAN, "(100,50)", "-100.5"),
        (RUSSIAN, "1,5 тыс.", "1500"),
        (RUSSIAN, "100,50 $", None),
        (RUSSIAN, "12345678901234567,89", "12345678901234567.89"),
    ],
)
def test_decimal_number(ask, notation, text, number):
    expected = None if number is None else Decimal(number)
    assert ask(notation.exact("value", EXACT), text) == expected


@pytest.mark.parametrize(
    ("notation", "text", "is_dressed"),
    [
        (POINT, "1,234.56", True),
        (POINT, "12,345,678", True),
        (POINT, "$5", True),
        (POINT, "-(5)", True),
        (COMMA, "1.234", True),
        (COMMA, "100,50 ₽", True),
        (COMMA, "1\u00a0234,50\u00a0EUR", True),
        (POINT, "1.2.3", False),
        (POINT, "1e30", False),
        (POINT, "1 2 3", False),
        (POINT, "2026-02-30", False),
        (POINT, "nan", False),
        (POINT, "a lot", False),
        (COMMA, "12,000", False),
        (COMMA, "1.5", False),
    ],
)
def test_a_number_that_needs_a_sign_of_thousands_or_a_unit(ask, notation, text, is_dressed):
    assert ask(notation.is_dressed("value"), text) is is_dressed


@pytest.mark.parametrize(
    ("notation", "text", "number"),
    [
        (POINT, "12", 12),
        (POINT, "12.0", 12),
        (POINT, "12.00", 12),
        (POINT, "1e3", 1000),
        (POINT, "12.7", None),
        (POINT, "12.000", None),
        (COMMA, "12,000", None),
        (COMMA, "12,0", 12),
        (COMMA, "1,2000", None),
        (GERMAN, "12.000", 12000),
        (AMERICAN, "12,000", 12000),
        (AMERICAN, "141.56K", 141560),
        (AMERICAN, "1.5555K", None),
    ],
)
def test_whole_number(ask, notation, text, number):
    assert ask(notation.whole("value"), text) == number


@given(
    value=st.decimals(-(10**15), 10**15, places=8),
    point=st.sampled_from(".,"),
    apart=st.sampled_from(["", ",", ".", "'", " "]),
    unit=st.sampled_from(["", "%", "K"]),
)
def test_property_what_is_written_is_read(ask, value, point, apart, unit):
    """Any number, in any notation that a mapping can name, comes back to the last digit."""
    if apart == point:
        return
    written = f"{value:,f}".replace(",", "_").replace(".", point).replace("_", apart) + unit
    factors = {"%": 0.01, "K": 1000}
    notation = Numbers(point, apart or None, factors)
    read = ask(notation.exact("value", "decimal(38, 12)"), written)
    assert read == value * Decimal(str(factors.get(unit, 1)))


@pytest.mark.parametrize(
    ("formats", "text", "moment"),
    [
        ([], "2026-03-02", "2026-03-01 21:00"),
        ([], "2026-03-02 10:00", "2026-03-02 07:00"),
        ([], "2026/3/2 10:00", "2026-03-02 07:00"),
        ([], "2026-03-02T10:00:00+0300", "2026-03-02 07:00"),
        ([], "2026-03-02T10:00:00.250Z", "2026-03-02 10:00:00.25"),
        ([], "2026-03-02 10:00:00 UTC", "2026-03-02 10:00"),
        ([], "epoch", None),
        ([], "infinity", None),
        ([], "8/1/26", None),
        ([], "20260302", None),
        ([], "2026-03-02 soon", None),
        ([], "0001-01-01 00:00:00", None),
        (["%d.%m.%Y"], "1.3.2026", "2026-02-28 21:00"),
        (["%m/%d/%Y"], "8/1/26", None),
        (["%m/%d/%y"], "8/1/26", "2026-07-31 21:00"),
        (["%d.%m.%Y %H:%M:%S"], "01.01.0001 0:00:00", None),
        (["%d.%m.%Y %H:%M"], "2026-03-02 10:00", None),
        (["epoch"], "1772448000", "2026-03-02 10:40"),
        (["epoch"], "1772448000.5", "2026-03-02 10:40:00.5"),
        (["epoch"], "1772448000000", None),
        (["epoch_ms"], "1772448000250", "2026-03-02 10:40:00.25"),
        (["epoch_ms"], "1772448000", None),
        (["epoch", "epoch_ms", "iso"], "1772448000", "2026-03-02 10:40"),
        (["epoch", "epoch_ms", "iso"], "1772448000000", "2026-03-02 10:40"),
        (["epoch", "epoch_ms", "iso"], "2026-03-02 10:00", "2026-03-02 07:00"),
        (["%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M"], "02.03.2026 10:00", "2026-03-02 07:00"),
        # Two formats that read it differently: nobody guesses.
        (["%d/%m/%Y", "%m/%d/%Y"], "13/02/2026", "2026-02-12 21:00"),
        (["%d/%m/%Y", "%m/%d/%Y"], "03/02/2026", None),
    ],
)
def test_moment(ask, formats, text, moment):
    expected = None if moment is None else datetime.fromisoformat(moment)
    assert ask(f"timezone('UTC', {times.moment('value', formats)})", text) == expected


@pytest.mark.parametrize(
    ("formats", "text", "day"),
    [
        ([], "2026-03-02", date(2026, 3, 2)),
        ([], "2026-03-02 23:30", date(2026, 3, 2)),
        ([], "2026-03-02 or so", None),
        ([], "8/1/26", None),
        ([], "epoch", None),
        (["epoch"], "1772485200", date(2026, 3, 3)),
        (["%d.%m.%Y"], "02.03.2026", date(2026, 3, 2)),
    ],
)
def test_day(ask, formats, text, day):
    assert ask(times.date("value", formats), text) == day


@pytest.mark.parametrize(
    ("formats", "text", "seconds"),
    [
        (["%H:%M:%S"], "0:02:23", 143),
        (["%H:%M:%S"], "30:00:01", 108_001),
        (["%H:%M:%S"], "0:2:3", 123),
        (["%H:%M:%S"], "0:61:00", None),
        (["%H:%M:%S"], "02:23", None),
        (["%M:%S"], "90:15", 5415),
        (["%H:%M:%S", "%M:%S"], "02:23", 143),
        (["%Mm %Ss"], "2m 23s", 143),
        (["%H:%M"], "1:30", 5400),
        (["%H:%M:%S"], "143", None),
    ],
)
def test_duration(ask, formats, text, seconds):
    assert ask(times.seconds("value", formats), text) == seconds


@pytest.mark.parametrize(
    ("pattern", "is_one"),
    [("%H:%M:%S", True), ("%M:%S", True), ("%S", True), ("%S:%M", False), ("%d %H:%M", False)],
)
def test_format_of_a_duration(pattern, is_one):
    assert times.is_duration(pattern) is is_one
