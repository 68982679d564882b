"""Bad input, each kind by itself: one sentence, or a row in quarantine that is counted."""

import pytest

from kits.files import DEALS, counts, deliver, loaded, quarantined, source
from orchestration.core.errors import ConfigError, SourceError

HEADER = "id,created,sum\n"
GOOD = "1,2026-03-01,100\n"


STAGES = """
[[sources.crm.entities.stages.rows]]
pipeline_id = "default"
pipeline_name = "Sales"
stage_id = "new"
stage_name = "New"
stage_order = 1
semantics = "open"
"""


def the_bad_row(tmp_path, content: str, toml: str = DEALS) -> tuple:
    """Of a file with one good row and one bad one: what the quarantine says."""
    delivery = deliver(tmp_path, toml, deals=content)
    load = delivery.loads("crm")[-1]
    assert counts(load) == (2, 1, 1, 0)
    assert loaded(delivery, "deals", "deal_id") == [("1",)]
    [bad] = quarantined(delivery)
    return bad


def test_missing_file(tmp_path):
    with pytest.raises(SourceError, match=r"no file .*deals\.\* exists, expected one for `deals`"):
        deliver(tmp_path)


def test_a_missing_file_is_told_what_is_like_it(tmp_path):
    (tmp_path / "deals (1).csv").write_text("id\n")
    (tmp_path / "calls.csv").write_text("id\n")
    toml = DEALS.replace('"deals.*"', '"deals.csv"')
    with pytest.raises(SourceError, match=r"for `deals`, did you mean `deals \(1\)\.csv`\?$"):
        deliver(tmp_path, toml)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("deals.xlsx", "xlsx"), ("deals.parquet", "parquet"), ("deals.jsonl", "jsonl")],
)
def test_unreadable_file(tmp_path, name, kind):
    (tmp_path / name).write_text("this is something else\n")
    with pytest.raises(SourceError, match=rf"{name} cannot be read as {kind}: "):
        deliver(tmp_path)


def test_wrong_encoding(tmp_path):
    (tmp_path / "deals.csv").write_bytes((HEADER + "Сделка,2026-03-01,1\n").encode("cp1251"))
    with pytest.raises(SourceError, match=r"deals\.csv is not utf-8 text: byte 15 is 0xd1"):
        deliver(tmp_path)


def test_utf8_file_that_is_said_to_be_cp1251(tmp_path):
    (tmp_path / "deals.csv").write_text(HEADER + "Сделка,2026-03-01,1\n", encoding="utf-8")
    toml = DEALS.replace('path = "deals.*"', 'path = "deals.*"\nencoding = "cp1251"')
    with pytest.raises(SourceError, match=r"deals\.csv is UTF-8 text, but .* is cp1251"):
        deliver(tmp_path, toml)


def test_mapped_column_that_is_not_there(tmp_path):
    expected = r"deals\.csv has no column `sum`, .* `deals` names, did you mean `sums`\?; it has: "
    with pytest.raises(ConfigError, match=expected + "id, created, sums"):
        deliver(tmp_path, deals="id,created,sums\n1,2026-03-01,1\n")


def test_required_column_that_is_empty(tmp_path):
    assert the_bad_row(tmp_path, HEADER + GOOD + "2, ,5\n") == (
        *(3, "2", "created_at", None),
        "is required and empty",
    )


def test_date_that_is_no_date(tmp_path):
    assert the_bad_row(tmp_path, HEADER + GOOD + "2,2026-02-30,5\n") == (
        *(3, "2", "created_at", "2026-02-30"),
        "is not a date and time of the format YYYY-MM-DD: say its `format`",
    )


@pytest.mark.parametrize("amount", ["a lot", "1.2.3", "nan", "infinity", "1e30"])
def test_amount_that_is_no_number(tmp_path, amount):
    assert the_bad_row(tmp_path, HEADER + GOOD + f"2,2026-03-01,{amount}\n") == (
        *(3, "2", "amount", amount),
        "is not a number (decimal point)",
    )


@pytest.mark.parametrize("order", ["1.5", "15e-1", "one"])
def test_whole_number_that_is_not_whole(tmp_path, order):
    toml = DEALS + STAGES.replace("stage_order = 1", f'stage_order = "{order}"')
    delivery = deliver(tmp_path, toml, deals=HEADER + GOOD)
    [bad] = quarantined(delivery)
    assert bad[2:] == ("stage_order", order, "is not a whole number (decimal point)")


@pytest.mark.parametrize(
    ("decimal", "amount"), [(".", "18 784,79"), (".", "0,5"), (",", "18784.7965")]
)
def test_a_number_with_the_other_decimal_sign(tmp_path, decimal, amount):
    toml = DEALS.replace('path = "deals.*"', f'path = "deals.*"\ndecimal = "{decimal}"')
    rows = f'1,2026-03-01,100\n2,2026-03-01,"{amount}"\n'
    *_, value, reason = the_bad_row(tmp_path, HEADER + rows, toml)
    assert value == amount
    assert reason.endswith(": say its `decimal` sign")


def test_point_where_the_comma_is_decimal(tmp_path):
    """1.234 could be one and a bit, or a thousand and more: nobody guesses."""
    toml = DEALS.replace('path = "deals.*"', 'path = "deals.*"\ndecimal = ","')
    bad = the_bad_row(tmp_path, HEADER + '1,2026-03-01,"1 234,5"\n2,2026-03-01,1.234\n', toml)
    reason = "is not a number (decimal comma): say its `thousands` or `units`"
    assert bad[2:] == ("amount", "1.234", reason)


def test_two_rows_with_one_id(tmp_path):
    assert the_bad_row(tmp_path, HEADER + GOOD + "1,2026-03-01,101\n") == (
        *(3, "1", "deal_id", "1"),
        "row 2 of deals.csv has the same key and other values",
    )


def test_copy_of_a_row_is_no_contradiction(tmp_path):
    delivery = deliver(tmp_path, deals=HEADER + GOOD + GOOD)
    assert counts(delivery.loads("crm")[0]) == (2, 1, 0, 1)
    assert quarantined(delivery) == []


def test_the_newest_version_wins(tmp_path):
    toml = DEALS.replace('amount = "sum"', 'amount = "sum", updated_at = "updated"')
    versions = "1,2026-03-01,5,2026-03-02\n1,2026-03-01,7,2026-03-09\n1,2026-03-01,6,\n"
    delivery = deliver(tmp_path, toml, deals="id,created,sum,updated\n" + versions)
    [load] = delivery.loads("crm")
    assert counts(load) == (3, 1, 0, 2)
    assert (load.money_delivered, load.money_loaded, load.money_superseded) == (18, 7, 11)
    assert loaded(delivery, "deals", "amount") == [(7,)]


def test_stage_that_the_source_does_not_have(tmp_path):
    toml = DEALS.replace('amount = "sum"', 'stage_id = "sum"') + STAGES
    bad = the_bad_row(tmp_path, HEADER + "1,2026-03-01,new\n2,2026-03-01,old\n", toml)
    assert bad == (
        *(3, "2", "stage_id", "old"),
        "is in no row of stages (pipeline_id, stage_id)",
    )


def test_value_that_the_value_map_does_not_name(tmp_path):
    mapped = 'stage_id = { column = "sum", values = { Neu = "new", Alt = "old" } }'
    toml = DEALS.replace('amount = "sum"', mapped)
    bad = the_bad_row(tmp_path, HEADER + "1,2026-03-01,Neu\n2,2026-03-01,neu\n", toml)
    assert bad[2:] == ("stage_id", "neu", "is none of the known values Neu, Alt")


def test_a_value_that_no_case_matches(tmp_path):
    cases = """status = { cases = [
        { when = { sum = "A", created = "2026-03-01" }, value = "won" },
    ] }"""
    toml = DEALS.replace('{ deal_id = "id", created_at = "created", amount = "sum" }', "{}")
    toml = toml.replace("columns = {}", "[sources.crm.entities.deals.columns]\n")
    toml += 'deal_id = "id"\ncreated_at = "created"\n' + cases.replace("\n", " ")
    bad = the_bad_row(tmp_path, HEADER + "1,2026-03-01,A\n2,2026-03-02,A\n", toml)
    assert bad[2:] == ("status", "A, 2026-03-02", "fits none of the 1 cases")


@pytest.mark.parametrize("given", ["Dollar", "RUR"])
def test_currency_that_is_none(tmp_path, given):
    toml = DEALS.replace('amount = "sum"', 'currency = "sum"')
    bad = the_bad_row(tmp_path, HEADER + f"1,2026-03-01,usd\n2,2026-03-01,{given}\n", toml)
    reason = "is not an ISO 4217 currency code, expected one like RUB"
    assert bad[2:] == ("currency", given, reason)


def test_currency_in_small_letters(tmp_path):
    toml = DEALS.replace('amount = "sum"', 'currency = "sum"')
    delivery = deliver(tmp_path, toml, deals=HEADER + "1,2026-03-01,usd\n2,2026-03-01,Rub\n")
    assert loaded(delivery, "deals", "currency") == [("USD",), ("RUB",)]


def test_status_that_is_not_allowed(tmp_path):
    toml = DEALS.replace('amount = "sum"', 'status = "sum"')
    bad = the_bad_row(tmp_path, HEADER + "1,2026-03-01,won\n2,2026-03-01,Won\n", toml)
    assert bad[2:] == ("status", "Won", "is none of open, won, lost")


def test_line_with_too_many_fields_keeps_the_numbers_of_the_rows_after_it(tmp_path):
    lines = '1,2026-03-01,"a\nb"\n2,2026-03-01,,5\n3,2026-03-01,5\n\n4,a,b,c\n5,2026-03-01,x\n'
    toml = DEALS.replace('amount = "sum"', 'product = "sum"')
    delivery = deliver(tmp_path, toml, deals=HEADER + lines)
    assert counts(delivery.loads("crm")[0]) == (5, 3, 2, 0)
    assert loaded(delivery, "deals", "deal_id, _row") == [("1", 2), ("3", 4), ("5", 7)]
    assert [(row, reason[:21]) for row, *_, reason in quarantined(delivery)] == [
        (3, "the line is malformed"),
        (6, "the line is malformed"),
    ]


def test_a_malformed_line_affects_only_its_own_file(tmp_path):
    """The first mapping reads its file twice, since `distinct` makes fewer rows of it."""
    for name, lines in (("1", "1,2026-03-01,\n2,a,b,c,d\n"), ("2", "3,2026-03-01,\n")):
        (tmp_path / f"deals {name}.csv").write_text(HEADER + lines)
    toml = DEALS.replace('path = "deals.*"', 'path = "deals *.csv"\ndistinct = true')
    delivery = deliver(tmp_path, toml)
    assert [counts(load) for load in delivery.loads("crm")] == [(2, 1, 1, 0), (1, 1, 0, 0)]


def test_short_row_where_the_config_is_strict(tmp_path):
    toml = DEALS.replace('path = "deals.*"', 'path = "deals.*"\nshort_rows = "refuse"')
    delivery = deliver(tmp_path, toml, deals=HEADER + "1,2026-03-01,\n2,2026-03-01\n")
    assert loaded(delivery, "deals", "deal_id, _row") == [("1", 2)]
    assert [(row, reason) for row, *_, reason in quarantined(delivery)] == [
        (3, "the line has fewer cells than the header")
    ]


def test_line_that_is_no_json(tmp_path):
    (tmp_path / "deals.jsonl").write_text(
        '{"id": 1, "created": "2026-03-01", "sum": 1}\nnonsense\n[1]\n'
    )
    delivery = deliver(tmp_path)
    assert counts(delivery.loads("crm")[0]) == (3, 1, 2, 0)
    assert [bad[0] for bad in quarantined(delivery)] == [2, 3]


def test_object_with_a_key_twice(tmp_path):
    (tmp_path / "deals.jsonl").write_text(
        '{"id": 1, "created": "2026-03-01", "sum": 1}\n'
        '{"id": 2, "created": "2026-03-01", "sum": 1, "sum": 2}\n'
    )
    delivery = deliver(tmp_path)
    assert loaded(delivery, "deals", "deal_id") == [("1",)]
    assert [bad[-1] for bad in quarantined(delivery)] == ["the object has a key twice"]


def test_one_row_with_two_bad_values_counts_once(tmp_path):
    delivery = deliver(tmp_path, deals=HEADER + GOOD + "2,soon,many\n")
    assert counts(delivery.loads("crm")[0]) == (2, 1, 1, 0)
    assert [bad[2] for bad in quarantined(delivery)] == ["amount", "created_at"]


@pytest.mark.parametrize("content", ["", "\n"])
def test_empty_file(tmp_path, content):
    with pytest.raises(SourceError, match=r"deals\.csv (is empty|has an empty first line), expect"):
        deliver(tmp_path, deals=content)


def test_file_with_a_header_only_is_a_delivery_of_nothing(tmp_path):
    delivery = deliver(tmp_path, deals=HEADER)
    assert [counts(load) for load in delivery.loads("crm")] == [(0, 0, 0, 0)]


def test_personal_data_is_masked(tmp_path):
    toml = """
time_zone = "UTC"
[sources.crm.entities.leads]
path = "leads.csv"
[sources.crm.entities.leads.columns]
lead_id = "id"
created_at = "created"
phone = { column = "phone", values = { a = "b" } }
"""
    delivery = deliver(tmp_path, toml, leads="id,created,phone\n1,2026-03-01,+79990001122\n")
    [(_, _, column, value, reason)] = quarantined(delivery)
    assert (column, value) == ("phone", "***")
    assert "999" not in reason


# A key or a value of the config that is wrong, and what the sentence says of it.
BAD_CONFIG = {
    "misspelt key of the source": ("time_zone", "time_zon", r"time_zon.*did you mean `time_zone`"),
    "misspelt key of a mapping": ("path =", "pth =", r"unknown key `pth`, did you mean `path`"),
    "misspelt entity": ("deals]", "deal]", r"unknown entity `deal`, did you mean `deals`"),
    "misspelt column": ("amount =", "amont =", r"no column `amont`, did you mean `amount`"),
    "no such column": ("amount =", "zzz =", r"no column `zzz`, it has deal_id, .*, amount, curr"),
    "required column": ('deal_id = "id", ', "", r"`deals` needs its column `deal_id`: map it"),
    "unknown zone": ("Europe/Moscow", "Moscow", r"time_zone`: is not an IANA time zone.*'Moscow'"),
    "two origins": ('"sum"', '{ column = "sum", constant = "1" }', r"exactly one of `column`"),
    "bad format": ('path = "', 'format = "docx"\npath = "', r"format.*docx"),
    "bad date format": ('"created"', '{ column = "created", format = "%Q" }', r"%Q"),
    "bad encoding": ('path = "', 'encoding = "cp1"\npath = "', r"encoding.*cp1"),
}


@pytest.mark.parametrize("case", BAD_CONFIG)
def test_mistake_in_the_config(tmp_path, case):
    right, wrong, sentence = BAD_CONFIG[case]
    with pytest.raises(ConfigError, match=sentence) as caught:
        source(tmp_path, DEALS.replace(right, wrong, 1))
    assert str(caught.value).startswith(str(tmp_path / "voronka.toml"))
    assert "\n" not in str(caught.value)


def test_all_mistakes_of_the_mappings_are_told_at_once(tmp_path):
    wrong = DEALS.replace("amount =", "amont =").replace('deal_id = "id", ', "")
    wrong += '\n[sources.crm.entities.users]\npath = "u.csv"\ncolumns = { zzz = "a", name = "b" }\n'
    with pytest.raises(ConfigError) as caught:
        source(tmp_path, wrong)
    for sentence in ("column `amont`", "its column `deal_id`", "column `zzz`", "column `user_id`"):
        assert sentence in str(caught.value)
