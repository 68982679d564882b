"""What lands in the warehouse: raw tables, views, the ledger - and again, and after a crash."""

import json
import re
from datetime import date
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest

from kits.files import AS_OF, BUSINESS, DEALS, Landed
from orchestration.assets.raw import not_loaded
from orchestration.core.entities import ENTITIES
from orchestration.core.errors import SourceError
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.core.warehouse import open_warehouse
from orchestration.land_source import main
from orchestration.sources import raw
from orchestration.sources.delivery import Delivery
from orchestration.sources.demo.config import DemoSource
from orchestration.sources.landing import land

ROWS = "1,2026-03-01 00:30,10\n2,2026-03-02 12:00,20\n3,2026-03-03 12:00,thirty\n"
STAGES = """
[[sources.crm.entities.stages.rows]]
pipeline_id = "default"
pipeline_name = "Sales"
stage_id = "new"
stage_name = "New"
stage_order = 1
semantics = "open"
probability = 0.5
is_deleted = false
"""
SNAPSHOT = "select * from raw_crm.deals"


@pytest.fixture
def shop(tmp_path) -> Landed:
    (tmp_path / "deals.csv").write_text("id,created,sum\n" + ROWS)
    return Landed(Home(tmp_path / "home"))


def test_first_night(shop, tmp_path):
    told = []
    loads = shop.land(tmp_path, DEALS + STAGES, progress=told.append)
    assert told == loads
    assert shop.query("select stage_order, probability, is_deleted from raw_crm.stages") == [
        (1, 0.5, False)
    ]
    assert shop.query(
        "select source, deal_id, pipeline_id, created_at::varchar, amount, _file, _row "
        "from raw_crm.deals"
    ) == [
        ("crm", "1", "default", "2026-02-28 21:30:00", 10, "deals.csv", 2),
        ("crm", "2", "default", "2026-03-02 09:00:00", 20, "deals.csv", 3),
    ]
    assert shop.query("select * from ledger.loads where entity = 'deals'") == [
        (AS_OF, "crm", "deals", "deals.csv", 3, 2, 1, 0, 30, 30, 0, 0, None, 0)
    ]
    assert shop.query("select * from ledger.quarantine") == [
        (
            *(AS_OF, "crm", "deals", "deals.csv", 4, "3", "amount", "thirty"),
            "is not a number (decimal point)",
        )
    ]


def test_rows_that_the_mapping_leaves_out_are_counted(shop, tmp_path):
    (tmp_path / "deals.csv").write_text("id,created,sum\n1,2026-03-01,\n2,2026-03-01,5\n")
    loads = shop.land(tmp_path, DEALS.replace("columns", 'only_if = ["sum"]\ncolumns', 1))
    assert shop.query("select rows_delivered, rows_left_out from ledger.loads") == [(1, 1)]
    assert not_loaded(loads) == "1 row left out by the mapping"


def test_types_are_those_of_the_contract(shop, tmp_path):
    shop.land(tmp_path, DEALS)
    found = dict(
        shop.query(
            "select column_name, data_type from information_schema.columns "
            "where table_schema = 'raw_crm' and table_name = 'deals'"
        )
    )
    wanted = {column.name: column.sql_type.upper() for column in ENTITIES["deals"].columns}
    wanted = {name: kind.replace(", ", ",") for name, kind in wanted.items()}
    assert found == wanted | {"source": "VARCHAR", "_file": "VARCHAR", "_row": "BIGINT"}


def test_money_keeps_its_digits_in_a_home_of_an_earlier_version_too(shop, tmp_path):
    shop.land(tmp_path, DEALS)
    with open_warehouse(shop.home, DuckDbLimits()) as warehouse:
        warehouse.execute("alter table raw_crm.deals alter amount type decimal(18, 2)")
        warehouse.execute("alter table ledger.loads alter money_loaded type decimal(38, 2)")
    rows = "1,2026-03-01,0.004\n2,2026-03-01,10000000000\n3,2026-03-01,1000000000000000000\n"
    (tmp_path / "deals.csv").write_text("id,created,sum\n" + rows)
    shop.land(tmp_path, DEALS)
    assert shop.query("select deal_id, amount from raw_crm.deals order by 1") == [
        ("1", Decimal("0.004")),
        ("2", Decimal(10**10)),
    ]
    # Of 10^18 and more no sum is sure to fit.
    assert shop.query(
        "select money_loaded, rows_quarantined from ledger.loads where entity = 'deals'"
    ) == [(Decimal("10000000000.004"), 1)]


def test_rates_keep_their_digits(shop, tmp_path):
    rates = {"VND": "0.0000382", "IRR": "0.0000007", "LBP": "9.6e-6"}
    rows = "".join(f"2026-03-02,{currency},{rate}\n" for currency, rate in rates.items())
    (tmp_path / "fx.csv").write_text("day,code,rate\n" + rows)
    mapping = """
        time_zone = "Europe/Moscow"

        [sources.crm.entities.fx_rates]
        path = "fx.csv"
        columns = { date = "day", currency = "code", rate_to_base = "rate" }
    """
    shop.land(tmp_path, mapping)
    assert dict(shop.query("select currency, rate_to_base from raw_crm.fx_rates")) == {
        currency: Decimal(rate) for currency, rate in rates.items()
    }


def test_the_same_files_again_change_nothing(shop, tmp_path):
    shop.land(tmp_path, DEALS)
    first = [shop.query(f"from {table}") for table in ("raw_crm.deals", "ledger.loads")]
    shop.land(tmp_path, DEALS)
    assert [shop.query(f"from {table}") for table in ("raw_crm.deals", "ledger.loads")] == first


def test_a_row_that_is_gone_from_the_file_is_gone(shop, tmp_path):
    shop.land(tmp_path, DEALS)
    (tmp_path / "deals.csv").write_text("id,created,sum\n")
    shop.land(tmp_path, DEALS)
    assert shop.query(SNAPSHOT) == []
    assert shop.query("select rows_delivered from ledger.loads") == [(0,)]


def test_the_table_of_an_entity_that_is_no_longer_delivered_is_dropped(shop, tmp_path):
    shop.land(tmp_path, DEALS + STAGES)
    shop.land(tmp_path, DEALS)
    assert shop.query("select table_name from duckdb_tables() where schema_name = 'raw_crm'") == [
        ("deals",)
    ]


def test_a_source_that_fails_leaves_what_was_landed(shop, tmp_path):
    shop.land(tmp_path, DEALS)
    before = shop.query(SNAPSHOT)
    (tmp_path / "deals.csv").unlink()
    with pytest.raises(SourceError):
        shop.land(tmp_path, DEALS)
    assert shop.query(SNAPSHOT) == before


def test_a_night_that_died_while_loading_heals(shop, tmp_path, monkeypatch):
    shop.land(tmp_path, DEALS + STAGES)
    whole = shop.query(SNAPSHOT)

    def dying(delivery, query):
        rows = original(delivery, query)

        def batches():
            yield from rows
            raise RuntimeError("the machine went down")

        return pa.RecordBatchReader.from_batches(rows.schema, batches())

    original = Delivery.reader
    with monkeypatch.context() as patch:
        patch.setattr(Delivery, "reader", dying)
        with pytest.raises(Exception, match="the machine went down"):
            shop.land(tmp_path, DEALS + STAGES)
    assert shop.query(SNAPSHOT) == whole
    shop.land(tmp_path, DEALS + STAGES)
    assert shop.query(SNAPSHOT) == whole


def test_a_backfill_touches_the_days_of_its_window_only(shop, tmp_path):
    """Days are those of the business zone: deal 1 was born on March 1 in Moscow, not in UTC."""
    shop.land(tmp_path, DEALS)
    changed = "1,2026-03-01 00:30,11\n2,2026-03-02 12:00,22\n4,2026-03-01 12:00,44\n"
    (tmp_path / "deals.csv").write_text("id,created,sum\n" + changed)
    window = (date(2026, 3, 1), date(2026, 3, 1))
    shop.land(tmp_path, DEALS, window=window, zone="Europe/Moscow")
    assert shop.query("select deal_id, amount from raw_crm.deals order by all") == [
        ("1", 11),
        ("2", 20),
        ("4", 44),
    ]


def test_a_backfill_keeps_a_row_whose_day_was_corrected(shop, tmp_path):
    shop.land(tmp_path, DEALS)
    # Deal 1 leaves the window, deal 2 enters it; deal 3 has moved outside of it.
    changed = "1,2026-03-05 12:00,11\n2,2026-03-01 12:00,22\n3,2026-03-09 12:00,33\n"
    (tmp_path / "deals.csv").write_text("id,created,sum\n" + changed)
    window = (date(2026, 3, 1), date(2026, 3, 1))
    shop.land(tmp_path, DEALS, window=window, zone="Europe/Moscow")
    assert shop.query("select deal_id, amount from raw_crm.deals where deal_id < '3'") == [
        ("1", 11),
        ("2", 22),
    ]


def test_a_backfill_of_what_was_never_landed_takes_all_of_it(shop, tmp_path):
    window = (date(2026, 3, 1), date(2026, 3, 1))
    shop.land(tmp_path, DEALS, window=window, zone="Europe/Moscow")
    landed = shop.query(SNAPSHOT)
    shop.land(tmp_path, DEALS)
    assert shop.query(SNAPSHOT) == landed


def test_a_backfill_replaces_rows_whose_key_is_partly_empty(tmp_path):
    ads = """
time_zone = "UTC"
currency = "RUB"
[sources.crm.entities.ad_stats]
path = "ads.csv"
[sources.crm.entities.ad_stats.columns]
date = "day"
platform = { constant = "direct" }
account_id = { constant = "1" }
campaign_id = "campaign"
impressions = { constant = 1 }
clicks = { constant = 0 }
spend = "spend"
"""
    shop = Landed(Home(tmp_path / "home"))
    (tmp_path / "ads.csv").write_text("day,campaign,spend\n2026-03-01,a,1\n2026-03-02,a,2\n")
    shop.land(tmp_path, ads)
    (tmp_path / "ads.csv").write_text("day,campaign,spend\n2026-03-01,a,1.5\n2026-03-02,a,9\n")
    shop.land(tmp_path, ads, window=(date(2026, 3, 1), date(2026, 3, 1)), zone="UTC")
    assert shop.query("select date::varchar, spend from raw_crm.ad_stats order by 1") == [
        ("2026-03-01", 1.5),
        ("2026-03-02", 2),
    ]


def test_raw_tables_are_there_whatever_was_delivered(shop, tmp_path):
    shop.land(tmp_path, DEALS)
    demo = DemoSource(type="demo")
    with open_warehouse(shop.home, DuckDbLimits()) as warehouse:
        raw.complete(warehouse, {"crm": demo, "never_landed": demo})
        for entity in ENTITIES.values():
            columns = {("source", "VARCHAR"), ("_file", "VARCHAR"), ("_row", "BIGINT")}
            columns |= {(c.name, c.sql_type.upper().replace(", ", ",")) for c in entity.columns}
            delivered = ("raw_crm", "raw_never_landed") if entity.name in demo.delivers else ()
            for schema in ("contract", *delivered):
                described = warehouse.execute(f"describe {schema}.{entity.name}").fetchall()
                assert {tuple(row[:2]) for row in described} == columns
        for name, rows in (("crm", 2), ("never_landed", 0)):
            counted = warehouse.execute(f"select count(*) from raw_{name}.deals").fetchone()
            assert counted == (rows,)


def test_the_demo_company_lands_whole_with_its_truths_beside_it(tmp_path):
    home = Home(tmp_path / "home")
    home.prepare()
    config = DemoSource(type="demo", scale=0.05)
    loads = land("demo", config, home, DuckDbLimits(), tmp_path, date(2026, 6, 30))
    assert {load.entity for load in loads} == set(config.delivers)
    assert sum(load.rows_quarantined for load in loads) == 0
    assert json.loads((home.state / "demo_truths.json").read_text())
    with duckdb.connect(home.warehouse, read_only=True) as warehouse:
        for load in loads:
            counted = warehouse.execute(f"select count(*) from raw_demo.{load.entity}").fetchone()
            assert counted == (load.rows_loaded,)


def alone(monkeypatch, folder, *arguments: str) -> int:
    """The exit status of a source that is landed by itself."""
    (folder / "voronka.toml").write_text(BUSINESS + DEALS)
    places = ("--config", str(folder / "voronka.toml"), "--home", str(folder / "home"))
    monkeypatch.setattr("sys.argv", ["files", *places, *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code or 0


def test_a_source_lands_alone(shop, tmp_path, monkeypatch, capsys):
    assert alone(monkeypatch, tmp_path, "--source", "crm") == 0
    said = capsys.readouterr().out
    assert re.search(r"deals +2 rows +\d+\.\d s  deals\.csv, 1 in quarantine\n", said)
    assert shop.query("select count(*) from raw_crm.deals") == [(2,)]


def test_alone_a_failure_is_one_line_and_its_status(tmp_path, monkeypatch, capsys):
    assert alone(monkeypatch, tmp_path, "--source", "crm") == 3
    assert alone(monkeypatch, tmp_path, "--source", "erp") == 2
    missing, unknown = capsys.readouterr().err.splitlines()
    assert "deals.*" in missing
    assert "--source erp is not in" in unknown
