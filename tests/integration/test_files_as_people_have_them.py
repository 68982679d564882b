"""Files as programs and people leave them behind: what is on their edges is read, or refused."""

import gzip
import io
import os
import re
import zipfile
from datetime import date
from decimal import Decimal

import duckdb
import openpyxl
import pytest

from kits.files import DEALS, counts, deliver, loaded, quarantined
from orchestration.core.errors import ConfigError, SourceError
from orchestration.sources.files import loading

ROWS = "id,created,sum\n1,2026-03-01,10\n2,2026-03-02,\n"
TWO = [("1", Decimal("10")), ("2", None)]


def with_options(*options: str) -> str:
    return DEALS.replace('path = "deals.*"', "\n".join(['path = "deals.*"', *options]))


def amounts(folder, toml: str = DEALS) -> list[tuple]:
    return loaded(deliver(folder, toml), "deals", "deal_id, amount")


# name, content, options of the mapping
READ = {
    "first line of Excel": ("deals.csv", "sep=;\r\n" + ROWS.replace(",", ";"), ()),
    "line ends change": ("deals.csv", "id,created,sum\n1,2026-03-01,10\r\n2,2026-03-02,\r", ()),
    "short rows": ("deals.csv", "id,created,sum\n1,2026-03-01,10\n2,2026-03-02\n", ()),
    "a delimiter too many": ("deals.csv", ROWS.replace("10\n", "10,\n"), ()),
    "empty rows below the table": ("deals.csv", ROWS + ',,\n\n"",,\n', ()),
    "empty rows between": ("deals.csv", ROWS.replace("10\n", "10\n\n,,\n"), ()),
    "title lines, counted": ("deals.csv", 'Report\n"1 March"\n' + ROWS, ("header_row = 3",)),
    "title lines, found": ("deals.csv", 'Report\n"1, March"\n' + ROWS, ('header_row = "find"',)),
    "delimiters within a quoted name": (
        "deals.csv",
        'id;created;sum;"a,b,c,d,e"\n1;2026-03-01;10;\n2;2026-03-02;;\n',
        (),
    ),
    "quotes that are signs": (
        "deals.csv",
        'id,created,sum,size\n1,2026-03-01,10,"5\n2,2026-03-02,,6"\n',
        ('quote = ""',),
    ),
    "an inch sign": (
        "deals.csv",
        'id,created,sum,size\n1,2026-03-01,10,5" x 6"\n2,2026-03-02,\n',
        (),
    ),
    "array": (
        "deals.json",
        '[{"id": 1, "created": "2026-03-01", "sum": 10},\n {"id": 2, "created": "2026-03-02"}]',
        (),
    ),
    "objects over several lines": (
        "deals.json",
        '{\n"id": 1, "created": "2026-03-01", "sum": 10}\n{"id": 2.0, "created": "2026-03-02"}',
        (),
    ),
    "keys that differ by case": (
        "deals.jsonl",
        '{"ID": 7, "id": 1, "created": "2026-03-01", "sum": 10, "Sum": 3}\n'
        '{"ID": 8, "id": 2, "created": "2026-03-02", "": 5, "_row": 6}\n',
        (),
    ),
}


@pytest.mark.parametrize("case", READ)
def test_file_that_is_read(tmp_path, case):
    name, content, options = READ[case]
    (tmp_path / name).write_bytes(content.encode())
    assert amounts(tmp_path, with_options(*options)) == TWO


@pytest.mark.parametrize("name", ["deals.csv.gz", "deals.csv"])
def test_packed_file(tmp_path, name):
    (tmp_path / name).write_bytes(gzip.compress(ROWS.encode()))
    assert amounts(tmp_path) == TWO


def test_file_that_only_says_it_is_packed(tmp_path):
    (tmp_path / "deals.csv.gz").write_text(ROWS)
    assert amounts(tmp_path) == TWO


@pytest.mark.parametrize("name", ["deals [1].csv", "deals*.csv", "deals?.csv", "deals'%s.csv"])
def test_name_that_looks_like_a_pattern(tmp_path, name):
    """Beside a file that the pattern would match too."""
    (tmp_path / name).write_text(ROWS)
    (tmp_path / "deals 1.csv").write_text(ROWS.replace("1,", "3,"))
    (tmp_path / "dealsx.csv").write_text(ROWS.replace("1,", "4,"))
    assert amounts(tmp_path, DEALS.replace("deals.*", name)) == TWO


def test_absolute_path_of_a_folder_with_marks_in_its_name(tmp_path):
    folder = tmp_path / "o'neil [1]" / "month=03"
    folder.mkdir(parents=True)
    (folder / "deals.csv").write_text(ROWS.replace("sum", "month"))
    toml = DEALS.replace("deals.*", f"{folder}/*.csv").replace('"sum"', '"month"')
    delivery = deliver(tmp_path, toml)
    assert loaded(delivery, "deals", "deal_id, amount") == TWO


JSON_DIGITS = '{"id": 12345678901234567890, "created": "2026-03-01", "sum": 10000000000000.0000001}'


def test_json_numbers_keep_their_digits(tmp_path):
    (tmp_path / "deals.jsonl").write_text(JSON_DIGITS + "\n")
    assert amounts(tmp_path) == [("12345678901234567890", Decimal("10000000000000.0000001"))]


def workbook(*rows: list, change: tuple[str, str] = ("", "")) -> bytes:
    """A workbook with one sheet, in whose XML the first text of `change` becomes the second."""
    book, made, changed = openpyxl.Workbook(), io.BytesIO(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(made)
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            part = old.read(name).decode()
            new.writestr(name, part.replace(*change, 1) if "sheet1" in name else part)
    return changed.getvalue()


HEADER = ["id", "created", "sum"]
FIRST, SECOND = [1, date(2026, 3, 1), 10], [2, date(2026, 3, 2), None]


@pytest.mark.parametrize(
    "change", [("A1:C3", "A1:B2"), ('<dimension ref="A1:C3" />', ""), ("A1:C3", "A2:A2")]
)
def test_sheet_whose_dimension_is_wrong_or_not_there(tmp_path, change):
    content = workbook(HEADER, FIRST, SECOND, change=change)
    (tmp_path / "deals.xlsx").write_bytes(content)
    assert amounts(tmp_path) == TWO


def test_note_right_of_the_table_and_title_above_it(tmp_path):
    rows = [["Report"], [], HEADER, [*FIRST, "a note"], SECOND]
    (tmp_path / "deals.xlsx").write_bytes(workbook(*rows))
    delivery = deliver(tmp_path, with_options('header_row = "find"'))
    assert loaded(delivery, "deals", "deal_id, amount, _row") == [("1", 10, 4), ("2", None, 5)]


def test_errors_are_no_values_and_formulas_without_one_are_refused(tmp_path):
    header = [*HEADER, "what", "unused"]
    rows = [header, [*FIRST, "#N/A", "=1+1"], [2, date(2026, 3, 2), "=1+1", "x"]]
    (tmp_path / "deals.xlsx").write_bytes(workbook(*rows))
    toml = DEALS.replace('amount = "sum"', 'amount = "sum", product = "what"')
    delivery = deliver(tmp_path, toml)
    assert loaded(delivery, "deals", "deal_id, product") == [("1", None)]
    [(row, *_, reason)] = quarantined(delivery)
    assert row == 3
    assert reason.startswith("column `sum`, cell C3, holds a formula without a value")


def test_row_of_a_sheet_that_repeats_a_number_is_not_lost(tmp_path):
    """openpyxl drops it without a word."""
    content = workbook(HEADER, FIRST, SECOND, change=('<row r="3"', '<row r="2"'))
    (tmp_path / "deals.xlsx").write_bytes(content)
    with pytest.raises(SourceError, match=r"deals\.xlsx holds 2 rows by its XML, but 1 were read"):
        deliver(tmp_path)


def test_quote_left_open_never_swallows_rows(tmp_path):
    """A thousand rows, of which the half lay within one value."""
    rows = [f"{number},2026-03-01,1,a,b\n" for number in range(1, 1001)]
    rows[499] = '500,2026-03-01,1,"a,b\n'
    content = "id,created,sum,c,d\n" + "".join(rows)
    toml = "tolerance = 0.01\n" + DEALS
    expected = "the quote that opens in line 501 is never closed, expected it to be closed where"
    with pytest.raises(SourceError, match=expected):
        deliver(tmp_path, toml, deals=content)
    # Closed far below, where another one is left open.
    rows[799] = '800,2026-03-01,1,a",b\n'
    content = "id,created,sum,c,d\n" + "".join(rows)
    with pytest.raises(
        SourceError, match="lines 501 to 801 look like rows but lie within one pair"
    ):
        deliver(tmp_path, toml, deals=content)
    # Not where a value ends.
    rows[799] = '800,2026-03-01,1,"a",b\n'
    content = "id,created,sum,c,d\n" + "".join(rows)
    expected = "quote that opens in line 501 is followed by another in line 801, within a value"
    with pytest.raises(SourceError, match=expected):
        deliver(tmp_path, toml, deals=content)


def test_rows_that_the_reader_loses_are_missed(tmp_path, monkeypatch):
    lost = "orchestration.sources.files.delimited._relation"
    from orchestration.sources.files import delimited

    whole = delimited._relation
    monkeypatch.setattr(lost, lambda *given: f"from ({whole(*given)}) where _row <> 3")
    expected = r"deals\.csv holds 2 rows by its line ends, but 1 were read: nothing of it is loaded"
    with pytest.raises(SourceError, match=expected):
        deliver(tmp_path, deals=ROWS)


def test_last_line_that_is_cut_off(tmp_path):
    delivery = deliver(tmp_path, deals=ROWS + "3,2026-03-0")
    assert counts(delivery.loads("crm")[0]) == (3, 2, 1, 0)
    [(row, *_, reason)] = quarantined(delivery)
    assert (row, "cut off" in reason) == (4, True)


def test_file_that_is_still_being_written(tmp_path, monkeypatch):
    def opens(connection, path, mapping, scratch):
        table = open_file(connection, path, mapping, scratch)
        with path.open("a") as file:
            file.write("3,2026-03-03,30\n")
        return table

    open_file = loading.open_file
    monkeypatch.setattr(loading, "open_file", opens)
    with pytest.raises(SourceError, match=r"deals\.csv changed while it was read: run the night"):
        deliver(tmp_path, deals=ROWS)


@pytest.mark.parametrize(
    "start, told",
    [
        (b"PK\x03\x04", 'a zip archive or a spreadsheet: unpack it, or say `format = "xlsx"`'),
        (b"\xd0\xcf\x11\xe0", "an old Excel file: open it and save it as xlsx or csv"),
        (b"PAR1", 'a Parquet file: say `format = "parquet"`'),
    ],
)
def test_file_that_is_no_text_is_called_by_its_kind(tmp_path, start, told):
    (tmp_path / "deals.csv").write_bytes(start + b"\x00\x87\xff")
    with pytest.raises(SourceError, match=re.escape(f"deals.csv is no text but {told}")):
        deliver(tmp_path)


def test_utf16_without_a_mark_is_called_by_its_name(tmp_path):
    (tmp_path / "deals.csv").write_bytes(ROWS.encode("utf-16-le"))
    with pytest.raises(SourceError, match='say `encoding = "utf-16-le"`'):
        deliver(tmp_path)


def test_column_whose_name_two_columns_have(tmp_path):
    """Each is known by its place; the name alone is refused, as it may mean either."""
    twice = "id,created,sum,sum\n1,2026-03-01,10,99\n2,2026-03-02,,98\n"
    with pytest.raises(ConfigError, match=r"no column `sum`.* sum \(3\), sum \(4\)"):
        deliver(tmp_path, deals=twice)
    assert amounts(tmp_path, DEALS.replace('"sum"', '"sum (3)"')) == TWO
    find = with_options('header_row = "find"').replace('"sum"', '"sum (3)"')
    (tmp_path / "deals.csv").write_text("Report\n" + twice)
    assert amounts(tmp_path, find) == TWO


def test_file_without_a_header_shows_no_value(tmp_path):
    with pytest.raises(ConfigError, match="none of the 3 cells of its first line is a col") as told:
        deliver(tmp_path, deals="17,Ivanov Ivan,+7 916 000-00-01\n18,B,+7 916 000-00-02\n")
    said = str(told.value).replace(str(tmp_path), "")
    assert not any(value in said for value in ("17", "Ivanov", "916"))


def test_a_header_in_another_row_is_reported(tmp_path):
    with pytest.raises(ConfigError, match=r"seems to be in row 3: set `header_row = 3`, or"):
        deliver(tmp_path, deals="Report\n\n" + ROWS)


ADS = """
time_zone = "UTC"
currency = "RUB"

[sources.crm.entities.ad_stats]
path = "ads *.csv"

[sources.crm.entities.ad_stats.columns]
date = "Day"
platform = { constant = "google" }
account_id = { constant = "1" }
campaign_id = "Campaign"
impressions = { constant = "10" }
clicks = { constant = "1" }
spend = "Cost"
"""


def spend(delivery) -> list[tuple]:
    return loaded(delivery, "ad_stats", "date, spend")


def test_equal_rows_of_a_report_may_be_parts_of_a_sum(tmp_path):
    """By device, which is not mapped."""
    rows = "Day,Campaign,Device,Cost\n2026-08-01,A,mobile,5\n2026-08-01,A,desktop,5\n"
    delivery = deliver(tmp_path, ADS, **{"ads 1": rows})
    [load] = delivery.loads("crm")
    assert counts(load) == (2, 1, 1, 0)
    assert (load.money_delivered, load.money_quarantined) == (10, 5)
    [(row, *_, reason)] = quarantined(delivery)
    assert (row, "has the same key: map what else" in reason) == (3, True)


OLDER = "Day,Campaign,Cost\n2026-08-01,A,5.00\n2026-08-02,A,5.00\n"
NEWER = "Day,Campaign,Cost\n2026-08-01,A,5.50\n2026-08-02,A,5.00\n2026-08-03,A,6\n"
RESTATED = [(date(2026, 8, 1), Decimal("5.5")), (date(2026, 8, 2), 5), (date(2026, 8, 3), 6)]


def test_later_file_wins_by_its_name(tmp_path):
    """Numbers in names compare as numbers: 10 comes after 9."""
    toml = ADS.replace('path = "ads *.csv"', 'path = "ads *.csv"\nlater_file_wins = "name"')
    delivery = deliver(tmp_path, toml, **{"ads 9": OLDER, "ads 10": NEWER})
    assert sorted(spend(delivery)) == RESTATED
    assert [counts(load) for load in delivery.loads("crm")] == [(2, 0, 0, 2), (3, 3, 0, 0)]


@pytest.mark.parametrize(
    "older, newer",
    [
        ("ads 31.03.2026", "ads 01.04.2026"),
        ("ads 9.12.2025-15.12.2025", "ads 1.1.2026-7.1.2026"),
        ("ads 2026-03-31", "ads 2026-04-01"),
        # The second download of a browser.
        ("ads 2026-03-31", "ads 2026-03-31 (1)"),
    ],
)
def test_the_later_of_two_names_is_that_of_the_later_day(tmp_path, older, newer):
    toml = ADS.replace('path = "ads *.csv"', 'path = "ads *.csv"\nlater_file_wins = "name"')
    assert sorted(spend(deliver(tmp_path, toml, **{older: OLDER, newer: NEWER}))) == RESTATED


def test_a_date_whose_order_nobody_knows_is_refused(tmp_path):
    toml = ADS.replace('path = "ads *.csv"', 'path = "ads *.csv"\nlater_file_wins = "name"')
    files = {"ads 12-31-2025": OLDER, "ads 01-01-2026": NEWER}
    with pytest.raises(ConfigError, match=r"cannot know the day of 12-31-2025, expected dates lik"):
        deliver(tmp_path, toml, **files)


def test_what_programs_leave_beside_files_is_no_export(tmp_path):
    for name in ("~$ads 1.csv", "._ads 1.csv", ".~ads 1.csv"):
        (tmp_path / name).write_bytes(b"\x05Anna")
    toml = ADS.replace('"ads *.csv"', '"*.csv"')
    assert len(spend(deliver(tmp_path, toml, **{"ads 1": NEWER}))) == 3


LINES = """
time_zone = "UTC"

[sources.crm.entities.order_lines]
path = "lines *.csv"
columns = { order_id = "order", line_no = "no", product_id = "it", quantity = "n", price = "price" }
"""


@pytest.mark.parametrize("wins", ["", 'later_file_wins = "name"\n'])
def test_a_line_that_was_removed_from_its_order_goes_with_the_earlier_file(tmp_path, wins):
    """Line 2 of o1 is gone and line 1 dearer, o2 is in the earlier file alone, o3 in the later."""
    toml = LINES.replace("columns", wins + "columns")
    header = "order,no,it,n,price\n"
    earlier = "o1,1,g1,1,100\no1,2,g2,1,40\no2,1,g1,1,100\no2,2,g2,1,40\n"
    later = "o1,1,g1,1,110\no3,1,g1,1,100\n"
    delivery = deliver(tmp_path, toml, **{"lines 9": header + earlier, "lines 10": header + later})
    prices = sorted(loaded(delivery, "order_lines", "order_id, line_no, price"))
    others = [("o2", 1, 100), ("o2", 2, 40), ("o3", 1, 100)]
    if wins:
        assert prices == [("o1", 1, 110), *others]
        assert [counts(load) for load in delivery.loads("crm")] == [(4, 2, 0, 2), (2, 2, 0, 0)]
    else:
        # Nobody knows which of the files is the later one.
        assert len(prices) == 5
        assert len(quarantined(delivery)) == 1


def test_later_file_wins_by_its_date(tmp_path):
    for name, content, changed in (("ads 2.csv", OLDER, 1_000), ("ads 1.csv", NEWER, 2_000)):
        (tmp_path / name).write_text(content)
        os.utime(tmp_path / name, (changed, changed))
    toml = ADS.replace('path = "ads *.csv"', 'path = "ads *.csv"\nlater_file_wins = "date"')
    assert sorted(spend(deliver(tmp_path, toml))) == RESTATED
    # Nobody knows which of two files of one date is the later one.
    os.utime(tmp_path / "ads 2.csv", (2_000, 2_000))
    rejected = quarantined(deliver(tmp_path, toml))
    assert len(rejected) == 2


def test_corrupt_page_of_a_parquet_file(tmp_path):
    place = tmp_path / "deals.parquet"
    query = "select range as id, '2026-03-01' as created, random() as sum from range(5000)"
    duckdb.sql(query).write_parquet(str(place))
    content = bytearray(place.read_bytes())
    content[200:2000] = bytes(1800)
    place.write_bytes(content)
    with pytest.raises(SourceError, match=r"deals\.parquet cannot be read as parquet: "):
        deliver(tmp_path)
