"""Less spend of a day of ads, and fewer rows of another entity, than in the runs before."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import duckdb
import pytest

from data_quality.checks import CheckContext
from data_quality.shrunk import record_landed, shrunk_measures
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
        for name in ENTITIES.keys() - {"ad_stats"}:
            connection.execute(f"create table landing.{name} (source varchar)")
        yield connection


def spend(warehouse: duckdb.DuckDBPyConnection, *rows: tuple[str, str, str]) -> None:
    """What is landed: (day, currency, spend)."""
    warehouse.execute("delete from landing.ad_stats")
    warehouse.executemany("insert into landing.ad_stats values ('ads', ?, ?, ?)", rows)


def deals(warehouse: duckdb.DuckDBPyConnection, count: int) -> None:
    """What is landed: this many deals."""
    warehouse.execute("delete from landing.deals")
    warehouse.execute(f"insert into landing.deals select 'crm' from range({count})")


def asked(
    warehouse: duckdb.DuckDBPyConnection, as_of: date, entity: str, source: str
) -> tuple[float, float, str]:
    """The value, the threshold and the sentence of the check."""
    (measure,) = shrunk_measures(ENTITIES[entity], CheckContext(as_of, "RUB", "UTC", source))
    assert measure.severity == "warn"
    ((value, threshold, detail),) = warehouse.execute(
        measure.query.format(batch=f"landing.{entity}")
    ).fetchall()
    return value, threshold, detail


def published(warehouse: duckdb.DuckDBPyConnection, as_of: date) -> None:
    """A run that publishes; ids of runs sort by time."""
    (last,) = warehouse.execute("select max(run_id) from ledger.row_counts").fetchone()
    record_landed(warehouse, f"{int(last or 100) + 1}", as_of)


def told(warehouse: duckdb.DuckDBPyConnection, night: int = 0) -> tuple[float, str]:
    """The value and the sentence of the night on ads, which is then published."""
    as_of = AS_OF + timedelta(days=night)
    value, threshold, detail = asked(warehouse, as_of, "ad_stats", "ads")
    assert threshold == Decimal("0.99")
    published(warehouse, as_of)
    return value, detail


def kept(warehouse: duckdb.DuckDBPyConnection, night: int = 0) -> str | None:
    """The warning of the night on deals, which is then published; None: no warning."""
    as_of = AS_OF + timedelta(days=night)
    value, threshold, detail = asked(warehouse, as_of, "deals", "crm")
    published(warehouse, as_of)
    return detail if value < threshold else None


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
    (days,) = warehouse.execute("select count(distinct as_of_date) from ledger.ad_days").fetchone()
    assert days == 8


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
    nights = []
    for night, count in enumerate((100, 91, 90, 89, *[89] * 6, 110, 95, 98)):
        deals(warehouse, count)
        nights.append(kept(warehouse, night))
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


def test_a_run_is_compared_with_earlier_runs_of_its_date(warehouse):
    deals(warehouse, 200)
    assert kept(warehouse) is None
    deals(warehouse, 120)
    warnings = [kept(warehouse) for _ in range(8)]
    assert warnings[0] == (
        "crm.deals: 120 rows, 200 on 2026-06-30 in an earlier run; see whether the export is whole"
        " and the latest one: rows that it lacks are in no mart"
    )
    # Seven runs of one date are like seven nights.
    assert [warning is not None for warning in warnings] == [*[True] * 7, False]


def test_spend_is_compared_with_earlier_runs_of_its_date(warehouse):
    spend(warehouse, ("2026-06-03", "RUB", "100"))
    assert told(warehouse)[0] == 1.0
    warehouse.execute("delete from landing.ad_stats")
    assert told(warehouse)[0] == 0.0
    assert told(warehouse, 1)[0] == 0.0


def test_a_run_for_a_past_date_does_not_warn_of_what_came_after_it(warehouse):
    for night, count in ((0, 100), (3, 200)):
        deals(warehouse, count)
        assert kept(warehouse, night) is None
    deals(warehouse, 100)
    assert kept(warehouse, 1) is None
    assert kept(warehouse, 4) is not None


def test_repeated_runs_of_one_date_do_not_drop_other_dates(warehouse):
    deals(warehouse, 200)
    kept(warehouse)
    deals(warehouse, 120)
    assert all(kept(warehouse, 1) for _ in range(9))


def test_a_fixed_date_is_compared_although_later_dates_were_published(warehouse):
    deals(warehouse, 200)
    for night in range(9):
        kept(warehouse, night)
    assert kept(warehouse, -90) is None
    deals(warehouse, 120)
    assert kept(warehouse, -90) is not None


def test_the_counts_of_an_earlier_version_are_compared_with():
    with duckdb.connect() as connection:
        connection.execute(
            """
            create schema ledger; create schema landing;
            create table ledger.row_counts (
                as_of_date date not null, source varchar not null, entity varchar not null,
                row_count bigint not null
            );
            create table ledger.ad_days (
                as_of_date date not null, source varchar not null, date date not null,
                currency varchar not null, spend decimal(38, 10) not null
            );
            insert into ledger.row_counts values (date '2026-06-29', 'crm', 'deals', 200);
            create table landing.deals as select 'crm' as source from range(120);
            """
        )
        create_ledger(connection)
        create_ledger(connection)
        value, threshold, _ = asked(connection, AS_OF, "deals", "crm")
        assert value == 0.6 < threshold
