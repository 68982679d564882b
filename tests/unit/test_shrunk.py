"""Less spend of a day of ads, and fewer rows of another entity, than on the nights before."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import duckdb
import pytest

from data_quality.checks import CheckContext
from data_quality.shrunk import record_days, record_rows, shrunk_measures
from orchestration.core.entities import ENTITIES
from orchestration.core.warehouse import create_ledger

AS_OF = date(2026, 6, 30)


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        create_ledger(connection)
        connection.execute("create schema landing")
        connection.execute(
            "create table landing.ad_stats"
            " (source varchar, date date, account_currency varchar, spend decimal(28, 10))"
        )
        yield connection


def spend(warehouse: duckdb.DuckDBPyConnection, *rows: tuple[str, str, str]) -> None:
    """What is landed: (day, currency, spend)."""
    warehouse.execute("delete from landing.ad_stats")
    warehouse.executemany("insert into landing.ad_stats values ('ads', ?, ?, ?)", rows)


def told(warehouse: duckdb.DuckDBPyConnection, night: int = 0) -> tuple[float, str]:
    """The value and the sentence of the night, which then writes down what its days have."""
    as_of = AS_OF + timedelta(days=night)
    (measure,) = shrunk_measures(ENTITIES["ad_stats"], CheckContext(as_of, "RUB", "UTC", "ads"))
    ((value, threshold, detail),) = warehouse.execute(
        measure.query.format(batch="landing.ad_stats")
    ).fetchall()
    assert (threshold, measure.severity) == (Decimal("0.99"), "warn")
    record_days(warehouse, as_of)
    return value, detail


def test_the_sum_and_the_worst_day_are_reported(warehouse):
    kept = ("2026-06-01", "USD", "5.00")
    spend(warehouse, kept, ("2026-06-03", "USD", "22.88"), ("2026-06-04", "USD", "2.00"))
    assert told(warehouse)[0] == 1.0
    spend(warehouse, kept, ("2026-06-03", "USD", "14.35"), ("2026-06-05", "USD", "9.00"))
    value, detail = told(warehouse, 1)
    assert value == 0.0
    assert detail.startswith(
        "ads.ad_stats: spend that was there on the nights before is gone: 10.53 USD on 2 days,"
        " most on 2026-06-03: 14.35 instead of 22.88; see whether"
    )


def test_the_warning_lasts_for_a_week(warehouse):
    nights = []
    for night in range(10):
        spend(warehouse, ("2026-06-03", "RUB", "100" if night < 2 else "60"))
        nights.append(told(warehouse, night)[0])
    # The last night that had 100 is the second: seven nights later it is no longer looked at.
    assert nights == [1.0, 1.0, *[0.6] * 7, 1.0]
    (kept,) = warehouse.execute("select count(distinct as_of_date) from ledger.ad_days").fetchone()
    assert kept == 8


def test_what_platforms_correct_and_what_was_never_there_is_no_loss(warehouse):
    spend(warehouse, ("2026-06-03", "RUB", "100"), ("2026-07-02", "RUB", "50"))
    told(warehouse)
    # 0.9 % less; a day after the night was of no night; another currency is another sum.
    spend(warehouse, ("2026-06-03", "RUB", "99.1"), ("2026-06-03", "USD", "1"))
    assert told(warehouse, 1)[0] == 1.0


def test_a_correction_keeps_its_rows_and_a_deleted_ad_does_not(warehouse):
    day = "2026-06-03"
    spend(warehouse, (day, "RUB", "93"), (day, "RUB", "7"))
    told(warehouse)
    spend(warehouse, (day, "RUB", "86.8"), (day, "RUB", "7"))
    assert told(warehouse, 1)[0] == 1.0
    spend(warehouse, (day, "RUB", "93"))
    value, detail = told(warehouse, 2)
    assert (value, "RUB on 1 day" in detail) == (0.93, True)
    spend(warehouse, (day, "RUB", "82"), (day, "RUB", "7"))
    assert told(warehouse, 3)[0] == 0.89


def test_a_repeated_night_gets_the_same_warnings(warehouse):
    spend(warehouse, ("2026-06-03", "RUB", "100"))
    told(warehouse)
    spend(warehouse, ("2026-06-03", "RUB", "50"))
    assert told(warehouse, 1) == told(warehouse, 1)
    assert told(warehouse, 1)[0] == 0.5


def test_an_export_that_lacks_rows_is_warned_of_for_a_week(warehouse):
    warehouse.execute("create table landing.deals (source varchar)")
    nights = []
    for night, count in enumerate((100, 91, 90, 89, *[89] * 6, 110, 95, 98)):
        warehouse.execute("delete from landing.deals")
        warehouse.execute(f"insert into landing.deals select 'crm' from range({count})")
        as_of = AS_OF + timedelta(days=night)
        (measure,) = shrunk_measures(ENTITIES["deals"], CheckContext(as_of, "RUB", "UTC", "crm"))
        assert (measure.check_id, measure.severity) == ("rows_kept", "warn")
        ((value, threshold, detail),) = warehouse.execute(
            measure.query.format(batch="landing.deals")
        ).fetchall()
        record_rows(warehouse, as_of, ["deals"])
        nights.append(detail if value < threshold else None)
    # Nine rows are few; 90 of 100 are enough; 89 are too few as long as 100 is within 7 nights.
    assert [told is not None for told in nights] == [
        *[False] * 3,
        *[True] * 5,
        *[False] * 3,
        True,
        True,
    ]
    assert nights[3] == (
        "crm.deals: 89 rows, 100 on 2026-06-30; see whether the export is whole and the latest"
        " one: rows that it lacks are in no mart"
    )
