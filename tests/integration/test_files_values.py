"""Values as exports write them, through a mapping: ids that meet, numbers with their signs, times
in several notations. What has no sure reading lies in quarantine."""

from datetime import datetime, time, timedelta
from decimal import Decimal

import duckdb
import openpyxl
import pytest

from kits.files import DEALS, counts, deliver, loaded, quarantined, source
from orchestration.core.errors import ConfigError

LINKED = DEALS.replace('amount = "sum"', 'contact_id = "contact", owner_id = "owner"')


def deals(options: str = "", columns: str = "") -> str:
    """The mapping of deals with more options, and instead of the amount other columns."""
    toml = DEALS.replace('path = "deals.*"', f'path = "deals.*"\n{options}')
    return toml.replace('amount = "sum"', columns) if columns else toml


def test_ids_are_trimmed_of_every_space(tmp_path):
    spaces = "\u00a0\t\u3000\u200b\ufeff"
    rows = f'"{spaces}1{spaces}",2026-03-01,"\t77","\u202aanna\u202c"\n2,2026-03-01,77\u00a0,"\n"\n'
    delivery = deliver(tmp_path, LINKED, deals="id,created,contact,owner\n" + rows)
    assert loaded(delivery, "deals", "deal_id, contact_id, owner_id") == [
        ("1", "77", "anna"),
        ("2", "77", None),
    ]


def test_ids_of_floating_point_numbers_meet(tmp_path):
    """A program that knows missing values only as NaN makes 501.0 of 501."""
    rows = "1.0,2026-03-01,501.0,7.50\n2,2026-03-01,501.00,A-1.0\n3,2026-03-01,1.23457E+12,\n"
    rows += '4,2026-03-01,12345678901234567.0,\n5,2026-03-01,"1,23457E+12",\n'
    delivery = deliver(tmp_path, LINKED, deals="id,created,contact,owner\n" + rows)
    assert loaded(delivery, "deals", "deal_id, contact_id, owner_id") == [
        ("1", "501", "7.50"),
        ("2", "501", "A-1.0"),
    ]
    reason = "is not an id: a number that is not whole, or one that has lost digits"
    assert quarantined(delivery) == [
        (4, "3", "contact_id", "1.23457E+12", reason),
        (5, "4", "contact_id", "12345678901234567.0", reason),
        (6, "5", "contact_id", "1,23457E+12", reason),
    ]


def test_ids_of_a_parquet_file(tmp_path):
    duckdb.sql(
        """
        select
            cast(id as decimal(10, 2)) as id, '2026-03-01' as created,
            cast(contact as double) as contact, cast(owner as float) as owner
        from (values (1, 501, 7), (2, null, null), (3, 501.5, 8), (4, 2.0 ** 53 + 2, 8))
            as rows (id, contact, owner)
        """
    ).write_parquet(str(tmp_path / "deals.parquet"))
    delivery = deliver(tmp_path, LINKED.replace("columns", 'decimal = ","\ncolumns'))
    assert loaded(delivery, "deals", "deal_id, contact_id, owner_id") == [
        ("1", "501", "7"),
        ("2", None, None),
    ]
    assert [bad[1:4] for bad in quarantined(delivery)] == [
        ("3", "contact_id", "501,5"),
        ("4", "contact_id", "9007199254740994,0"),
    ]


def test_ids_and_durations_of_a_workbook(tmp_path):
    book = openpyxl.Workbook()
    for row in (
        ["id", "at", "talk", "owner"],
        [501.0, datetime(2026, 3, 1, 10), timedelta(hours=27, seconds=5), 7],
        ["A-1.5", datetime(2026, 3, 1, 10), time(0, 2, 23), 8.0],
        [3, datetime(2026, 3, 1, 10), None, 8.5],
        [4, datetime(2026, 3, 1, 10), None, 1.23456789012346e19],
        [1234567890123456, datetime(2026, 3, 1, 10), None, 9],
    ):
        book.active.append(row)
    book.save(tmp_path / "calls.xlsx")
    toml = (
        DEALS[: DEALS.index("[")]
        + """
    [sources.crm.entities.calls]
    path = "calls.xlsx"
    [sources.crm.entities.calls.columns]
    call_id = "id"
    started_at = "at"
    direction = { constant = "in" }
    user_id = "owner"
    talk_seconds = { column = "talk", format = "%H:%M:%S" }
    """
    )
    delivery = deliver(tmp_path, toml)
    assert loaded(delivery, "calls", "call_id, user_id, talk_seconds") == [
        ("501", "7", 97_205),
        ("A-1.5", "8", 143),
        ("1234567890123456", "9", None),
    ]
    assert [bad[:4] for bad in quarantined(delivery)] == [
        (4, "3", "user_id", "8.5"),
        (5, "4", "user_id", "1.23456789012346e+19"),
    ]


def test_phones_of_numbers_and_lists(tmp_path):
    duckdb.sql("select 1 as id, 79160000001::double as phones").write_parquet(
        str(tmp_path / "contacts_1.parquet")
    )
    duckdb.sql("select 2 as id, ['+7 916 000-00-02', null, '89160000003'] as phones").write_parquet(
        str(tmp_path / "contacts_2.parquet")
    )
    (tmp_path / "contacts_3.csv").write_text("id,phones\n3,79160000004.0\n")
    (tmp_path / "contacts_4.json").write_text(
        '[{"id": 4.0, "phones": ["+7 916 000-00-05", null, 79160000006]},'
        ' {"id": 5, "phones": []}, {"id": 6, "phones": [{"value": 1}]}, {"id": 7.5}]'
    )
    toml = (
        DEALS[: DEALS.index("[")]
        + """
    [sources.crm.entities.contacts]
    path = "contacts_*"
    columns = { contact_id = "id", phones = "phones" }
    """
    )
    delivery = deliver(tmp_path, toml)
    assert loaded(delivery, "contacts", "contact_id, phones") == [
        ("1", "79160000001"),
        ("2", "+7 916 000-00-02;89160000003"),
        ("3", "79160000004"),
        ("4", "+7 916 000-00-05;79160000006"),
        ("5", None),
        ("6", '[{"value":1}]'),
    ]
    assert [bad[1:4] for bad in quarantined(delivery)] == [("", "contact_id", "7.5")]


def test_thousands_units_and_durations(tmp_path):
    toml = """
time_zone = "UTC"
currency = "USD"

[sources.crm.entities.ad_stats]
path = "ads.csv"
thousands = ","
units = { "$" = 1, K = 1000, "()" = -1 }
[sources.crm.entities.ad_stats.columns]
date = { column = "Day", format = "%m/%d/%y" }
platform = { constant = "google" }
account_id = { constant = "1" }
campaign_id = "Campaign"
impressions = "Impr."
clicks = "Clicks"
spend = "Cost"

[sources.crm.entities.calls]
path = "calls.csv"
[sources.crm.entities.calls.columns]
call_id = "id"
started_at = { column = "at", format = ["epoch", "epoch_ms", "iso"] }
direction = { constant = "out" }
talk_seconds = { column = "talk", format = "%H:%M:%S" }
"""
    delivery = deliver(
        tmp_path,
        toml,
        ads='Day,Campaign,Impr.,Clicks,Cost\n8/1/26,A,141.56K,"1,234","$1,234.50"\n'
        "8/2/26,A,10,1,($34.50)\n8/3/26,A,10,1,€5\n",
        calls="id,at,talk\n1,1772448000,0:02:23\n2,1772448000000,30:00:00\n"
        "3,2026-03-02T10:40:00Z,0:00:00\n4,epoch,143\n",
    )
    assert loaded(delivery, "ad_stats", "cast(date as varchar), impressions, clicks, spend") == [
        ("2026-08-01", 141_560, 1_234, Decimal("1234.50")),
        ("2026-08-02", 10, 1, Decimal("-34.50")),
    ]
    assert loaded(delivery, "calls", "call_id, started_at, talk_seconds") == [
        ("1", datetime(2026, 3, 2, 10, 40), 143),
        ("2", datetime(2026, 3, 2, 10, 40), 108_000),
        ("3", datetime(2026, 3, 2, 10, 40), 0),
    ]
    assert [bad[2:] for bad in quarantined(delivery)] == [
        ("spend", "€5", "is not a number (decimal point): say its `thousands` or `units`"),
        (
            *("started_at", "epoch"),
            "is not a date and time of the format epoch or epoch_ms or iso",
        ),
        ("talk_seconds", "143", "is not a duration of the format %H:%M:%S"),
    ]


def test_a_year_of_two_digits_asks_for_its_format(tmp_path):
    delivery = deliver(tmp_path, deals="id,created,sum\n1,8/1/26,5\n")
    assert counts(delivery.loads("crm")[0]) == (1, 0, 1, 0)
    [bad] = quarantined(delivery)
    assert bad[3:] == (
        "8/1/26",
        "is not a date and time of the format YYYY-MM-DD: say its `format`",
    )


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        (deals('thousands = "."'), "`thousands` and `decimal` are the same sign"),
        (
            deals('units = { "dozen" = 12 }'),
            "units.dozen`: is not a factor of a unit, expected a pow",
        ),
        (
            deals('datetime_format = "unix"'),
            "is not a format, expected one like %d.%m.%Y %H:%M, or i",
        ),
        (
            deals(columns='amount = { column = "sum", format = "%d" }'),
            "`deals.amount`: `format` %d does not fit a column of type money, expected a date, a",
        ),
    ],
)
def test_notation_that_is_refused(tmp_path, toml, said):
    with pytest.raises(ConfigError) as raised:
        source(tmp_path, toml)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    "options, amounts",
    [
        ('thousands = "."\ndecimal = ","', [1234, 15000, -120500, 500]),
        ('decimal = "."', [Decimal("1.234"), 15, Decimal("-120.5"), 500]),
    ],
)
def test_amounts_with_a_point_that_may_separate_thousands(tmp_path, options, amounts):
    """All of them would be a thousandth of what they are, and nothing would look wrong."""
    rows = "id,created,sum\n1,2026-03-01,1.234\n2,2026-03-01,15.000\n3,2026-03-01,-120.500\n"
    rows += "4,2026-03-01,500\n"
    with pytest.raises(ConfigError, match=r"`sum`: each number with a point has three digits"):
        deliver(tmp_path, DEALS, deals=rows)
    query = "query = 'select id, created, \"sum\" from file'"
    with pytest.raises(
        ConfigError, match=r"over deals\.csv: column `sum`: each number with a point"
    ):
        deliver(tmp_path, DEALS.replace('"deals.*"', f'"deals.*"\n{query}'))
    said = deliver(tmp_path, DEALS.replace('"deals.*"', f'"deals.*"\n{options}'))
    assert [amount for _, amount in loaded(said, "deals", "deal_id, amount")] == amounts


@pytest.mark.parametrize("surely", ["0.125", "1234.500", "7.5"])
def test_amounts_with_three_decimals(tmp_path, surely):
    rows = "id,created,sum\n1,2026-03-01,1.234\n2,2026-03-01,15.000\n3,2026-03-01,120.500\n"
    delivery = deliver(tmp_path, DEALS, deals=rows + f"4,2026-03-01,{surely}\n")
    assert loaded(delivery, "deals", "amount")[-1] == (Decimal(surely),)
