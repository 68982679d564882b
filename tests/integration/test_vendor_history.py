"""What has been read of a vendor's history: nights, backfills, and what is missing between them."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest
from test_vendor_landing import Vendor, add

from data_quality.checks import CheckContext, CheckResult
from data_quality.history import history_measures
from data_quality.warnings import worst_warnings
from kits.vendors import land_vendor
from orchestration.core.errors import SourceError
from orchestration.core.home import Home
from orchestration.core.warehouse import create_ledger

NIGHT = date(2026, 6, 30)
SPRING = (date(2026, 3, 1), date(2026, 5, 31))


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., None]:
    """Land the account: a night, or the window of a backfill."""

    def script(extraction):
        add(extraction, a=1)
        yield

    def land(as_of: date = NIGHT, since: date = date(2026, 1, 1), **options) -> None:
        source = Vendor(script=options.pop("script", script), history_from=since)
        land_vendor(Home(tmp_path), source, "shop", as_of, **options)

    return land


def judged(home: Path, as_of: date = NIGHT) -> tuple[float, str]:
    (measure,) = history_measures(CheckContext(as_of, "RUB", "UTC", "shop"))
    with duckdb.connect(Home(home).warehouse) as warehouse:
        create_ledger(warehouse)
        ((threshold, value, detail),) = warehouse.execute(measure.query).fetchall()
    assert threshold == 1
    return value, detail


def test_a_backfill_before_the_first_night_is_not_the_whole(read, tmp_path):
    read(window=SPRING)
    value, detail = judged(tmp_path)
    # 92 of the 181 days from January to June.
    assert value == pytest.approx(92 / 181)
    assert "89 of 181 days since 2026-01-01 have not been read, first 2026-01-01 to" in detail
    assert "2026-02-28" in detail and "run `voronka nightly`" in detail
    read()
    assert judged(tmp_path) == (1, "shop: all days since 2026-01-01 are read")


def test_a_first_load_that_did_not_end_is_not_the_whole(read, tmp_path):
    def broken(extraction):
        add(extraction, a=1)
        yield
        raise SourceError("the network is down")

    with pytest.raises(SourceError):
        read(script=broken)
    value, detail = judged(tmp_path)
    assert value == 0 and "the first load has not ended" in detail
    read()
    assert judged(tmp_path)[0] == 1


def test_days_before_the_first_load_are_asked_for_by_name(read, tmp_path):
    """An earlier `history_from` alone reads nothing: nights begin at the newest row."""
    read()
    read(date(2026, 7, 1), since=date(2025, 10, 1))
    value, detail = judged(tmp_path, date(2026, 7, 1))
    assert value == pytest.approx(182 / 274)
    assert "run `voronka backfill --source shop --from 2025-10-01 --to 2025-12-31`" in detail
    read(date(2026, 7, 1), date(2025, 10, 1), window=(date(2025, 10, 1), date(2025, 12, 31)))
    assert judged(tmp_path, date(2026, 7, 1))[0] == 1


def test_a_gap_behind_an_early_backfill_is_told(read, tmp_path):
    read()
    read(window=(date(2025, 3, 1), date(2025, 3, 31)))
    value, detail = judged(tmp_path)
    assert value == pytest.approx((181 + 31) / (181 + 306))
    assert "275 of 487 days since 2025-03-01" in detail and "--from 2025-04-01" in detail


def test_nights_that_fail_later_are_the_matter_of_freshness(read, tmp_path):
    read()
    assert judged(tmp_path, date(2026, 7, 9))[0] == 1


def test_one_warning_for_all_entities_of_a_source():
    found = [
        CheckResult(
            *("landing", "history_read", "shop", entity, NIGHT, "completeness"),
            *(0.5, 1.0, False, "warn", (), "shop: half"),
        )
        for entity in ("calls", "deals", "leads")
    ]
    assert len(worst_warnings(found, NIGHT)) == 1
