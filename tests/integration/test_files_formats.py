"""The same two deals in every format, encoding and notation that exports come in."""

import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pytest

from kits.files import DEALS, counts, deliver, loaded
from orchestration.settings import load_settings
from orchestration.sources.delivery import Delivery
from orchestration.sources.files.extract import extract

WANTED = [
    ("1", datetime(2026, 2, 28, 22, 30), Decimal("1234.50"), "Дверь; дуб"),
    ("2", datetime(2026, 3, 1, 9, 0), None, None),
]
COLUMNS = "deal_id, created_at, amount, product"

COMMAS = 'id,created,sum,what\n1,2026-03-01 01:30,1234.5,"Дверь; дуб"\n2,2026-03-01 12:00,,\n'
RUSSIAN = (
    'id;created;sum;what\n1;01.03.2026 01:30;1 234,50;"Дверь; дуб"\n2;01.03.2026 12:00;;\n'
).replace("1 234", "1\u00a0234")


def mapped(*options: str) -> str:
    toml = DEALS.replace('amount = "sum"', 'amount = "sum", product = "what"')
    return toml.replace('path = "deals.*"', "\n".join(['path = "deals.*"', *options]))


def check(folder, toml):
    delivery = deliver(folder, toml)
    [load] = delivery.loads("crm")
    assert counts(load) == (2, 2, 0, 0)
    assert load.money_delivered == load.money_loaded == Decimal("1234.50")
    assert loaded(delivery, "deals", COLUMNS) == WANTED


# name, content as bytes, options of the mapping
TEXT_FILES = {
    "utf-8": ("deals.csv", COMMAS.encode(), []),
    "utf-8 with BOM": ("deals.csv", COMMAS.encode("utf-8-sig"), []),
    "windows line ends": ("deals.csv", COMMAS.replace("\n", "\r\n").encode(), []),
    "tabs": ("deals.tsv", COMMAS.replace(",", "\t").encode(), []),
    "tabs in a txt": ("deals.txt", COMMAS.replace(",", "\t").encode(), ['format = "tsv"']),
    "cp1251, semicolons, decimal comma": (
        "deals.csv",
        RUSSIAN.encode("cp1251"),
        ['encoding = "cp1251"', 'decimal = ","', 'datetime_format = "%d.%m.%Y %H:%M"'],
    ),
    "utf-16 by its BOM": (
        "deals.csv",
        RUSSIAN.encode("utf-16"),
        ['delimiter = ";"', 'decimal = ","', 'datetime_format = "%d.%m.%Y %H:%M"'],
    ),
    "utf-16 without a BOM": ("deals.csv", COMMAS.encode("utf-16-le"), ['encoding = "utf-16-le"']),
    "json lines": (
        "deals.jsonl",
        b'{"id": 1, "created": "2026-03-01T01:30:00+03:00", "sum": 1234.50, "what": "'
        + "Дверь; дуб".encode()
        + b'"}\n{"created": "2026-03-01 12:00", "id": "2", "sum": null}\n',
        [],
    ),
    "words for no value": (
        "deals.csv",
        COMMAS.replace(",,", ",n/a, - ").encode(),
        ['null_values = ["n/a", "-"]'],
    ),
}


@pytest.mark.parametrize("case", TEXT_FILES)
def test_text_file(tmp_path, case):
    name, content, options = TEXT_FILES[case]
    (tmp_path / name).write_bytes(content)
    check(tmp_path, mapped(*options))


def test_text_longer_than_one_chunk_of_its_encoding(tmp_path, monkeypatch):
    """A letter of several bytes may lie across the end of a chunk."""
    monkeypatch.setattr("orchestration.sources.files.encoding._CHUNK_BYTES", 7)
    (tmp_path / "deals.csv").write_bytes(COMMAS.encode("utf-16"))
    check(tmp_path, mapped())


@pytest.mark.parametrize("decimal", [".", ","])
def test_parquet(tmp_path, decimal):
    duckdb.sql(
        """
        select 1 as id, timestamp '2026-03-01 01:30:00' as created,
            1234.5::decimal(10, 2) as sum, 'Дверь; дуб' as what
        union all
        select 2, timestamp '2026-03-01 12:00:00', null, null
        """
    ).write_parquet(str(tmp_path / "deals.parquet"))
    check(tmp_path, mapped(f'decimal = "{decimal}"'))


@pytest.mark.parametrize("decimal", [".", ","])
def test_xlsx_with_real_dates_and_typed_ones(tmp_path, decimal):
    book = openpyxl.Workbook()
    book.active.append(["id", "created", "sum", "what"])
    book.active.append([1, datetime(2026, 3, 1, 1, 30), 1234.5, "Дверь; дуб"])
    book.active.append([None, None, None, None])
    book.active.append(["2", "01.03.2026 12:00", None, None])
    book.save(tmp_path / "deals.xlsx")
    check(tmp_path, mapped(f'decimal = "{decimal}"', 'datetime_format = "%d.%m.%Y %H:%M"'))


def test_named_sheet(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.create_sheet("March")
    for row in (["id", "created", "sum", "what"], [1, date(2026, 3, 1), 1.5, None]):
        sheet.append(row)
    book.save(tmp_path / "deals.xlsx")
    delivery = deliver(tmp_path, mapped('sheet = "March"'))
    assert loaded(delivery, "deals", "deal_id, amount, _row") == [("1", Decimal("1.50"), 2)]


def test_several_files_are_one_delivery_in_the_order_of_their_names(tmp_path):
    for month, row in (
        ("02", "2,2026-02-01,2"),
        ("01", "1,2026-01-01,1"),
        ("03", "1,2026-01-01,1"),
    ):
        (tmp_path / f"deals.{month}.csv").write_text(f"id,created,sum\n{row}\n")
    delivery = deliver(tmp_path)
    assert loaded(delivery, "deals", "deal_id, _file") == [
        ("1", "deals.01.csv"),
        ("2", "deals.02.csv"),
    ]
    superseded = [(load.file, load.rows_superseded) for load in delivery.loads("crm")]
    assert superseded == [("deals.01.csv", 0), ("deals.02.csv", 0), ("deals.03.csv", 1)]


def test_time_zone_of_the_source(tmp_path):
    """Berlin: winter, summer, an offset, a bare date, the hours of the change of the clock."""
    times = {
        "2026-01-15 12:00": datetime(2026, 1, 15, 11),
        "2026-07-15 12:00": datetime(2026, 7, 15, 10),
        "2026-10-25 02:30:00+02:00": datetime(2026, 10, 25, 0, 30),
        "2026-10-25 02:30:00+01:00": datetime(2026, 10, 25, 1, 30),
        "2026-07-15T12:00:00Z": datetime(2026, 7, 15, 12),
        "2026-07-15": datetime(2026, 7, 14, 22),
        # The clock shows the first twice (the later is taken) and skips the second.
        "2026-10-25 02:30": datetime(2026, 10, 25, 1, 30),
        "2026-03-29 02:30": datetime(2026, 3, 29, 1, 30),
    }
    rows = "".join(f"{number},{text},\n" for number, text in enumerate(times))
    toml = DEALS.replace("Europe/Moscow", "Europe/Berlin")
    delivery = deliver(tmp_path, toml, deals="id,created,sum\n" + rows)
    assert [row[0] for row in loaded(delivery, "deals", "created_at")] == list(times.values())


def test_column_names_cannot_break_out_of_the_sql(tmp_path):
    (tmp_path / "deals.csv").write_text(
        'id,"a ""quoted"" \'name\'; drop table x --",created\n1,\'; drop,2026-03-01\n'
    )
    columns = """
product = { column = "a \\"quoted\\" 'name'; drop table x --", values = { "'; drop" = "it's" } }
"""
    toml = DEALS.replace('amount = "sum"', columns.strip())
    assert loaded(deliver(tmp_path, toml), "deals", "product") == [("it's",)]


CALLS = """
time_zone = "UTC"

[sources.crm.entities.calls]
path = "calls.csv"
datetime_format = "%y%m%d %H:%M:%S"
only_if = ["id"]

[sources.crm.entities.calls.columns]
call_id = { concat = ["line", "id"], separator = "-" }
started_at = { concat = ["day", "start"], separator = " " }
direction = { column = "way", values = { I = "in", O = "out" }, otherwise = "internal" }
result = { column = "how", values = { ok = "answered", "?" = "" } }
talk_seconds = { column = "talk", default = 0 }

[sources.crm.entities.calls.columns.ended_at]
concat = ["day", "end"]
separator = " "
not_before = "started_at"
unless = { end = "0:00:00" }

[sources.crm.entities.users]
path = "calls.csv"
distinct = true
only_if = ["who"]
columns = { user_id = "who", name = "who" }
"""


def test_composite_ids_midnight_cases_and_users_out_of_the_calls(tmp_path):
    delivery = deliver(
        tmp_path,
        CALLS,
        calls="line,id,day,start,end,way,how,talk,who\n"
        "A,1,990228,23:59:50,0:00:10,I,ok,20,ANNA\n"
        "B,1,990228,10:00:00,0:00:00,O,?,,\n"
        "A,,990228,10:00:00,0:00:00,O,?,,ANNA\n"
        "A,2,990228,10:00:00,10:00:05,X,,5,ANNA\n",
    )
    assert loaded(delivery, "calls", "call_id, ended_at, direction, result, talk_seconds") == [
        ("A-1", datetime(1999, 3, 1, 0, 0, 10), "in", "answered", 20),
        ("B-1", None, "out", None, 0),
        ("A-2", datetime(1999, 2, 28, 10, 0, 5), "internal", None, 5),
    ]
    assert loaded(delivery, "users", "user_id, _row") == [("ANNA", 2)]
    filtered = {load.entity: load.rows_filtered for load in delivery.loads("crm")}
    assert filtered == {"calls": 1, "users": 1}


def test_the_example_of_the_how_to_page(tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "files.md").read_text(encoding="utf-8")
    export, config = re.findall(r"```(?:toml)?\n(.*?)```", page, flags=re.DOTALL)[:2]
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "deals.csv").write_bytes(export.encode("cp1251"))
    book = openpyxl.Workbook()
    sheet = book.create_sheet("Managers")
    for row in (["Login", "Full name", "Team"], ["anna", "Anna", "A"], ["boris", "Boris", "A"]):
        sheet.append(row)
    book.save(tmp_path / "export" / "staff.xlsx")
    (tmp_path / "voronka.toml").write_text(config, encoding="utf-8")

    delivery = Delivery(duckdb.connect())
    read = load_settings(tmp_path / "voronka.toml").sources["crm"]
    extract(delivery, read, tmp_path, tmp_path / "spill")
    delivery.check()
    assert {load.entity: counts(load) for load in delivery.loads("crm")} == {
        "users": (2, 2, 0, 0),
        "stages": (2, 2, 0, 0),
        "deals": (2, 2, 0, 0),
    }
    assert loaded(delivery, "deals", "stage_id, amount, currency, created_at") == [
        ("talk", None, "RUB", datetime(2026, 3, 2, 7, 15)),
        ("won", Decimal("1234.50"), "RUB", datetime(2026, 3, 2, 8, 40)),
    ]
