"""Pages of a vendor: what is read of a body, what goes to quarantine, and what is no answer."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from orchestration.core.errors import SourceError
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.sources.connectors.pages import Pages
from orchestration.sources.connectors.tables import Table, field, table
from orchestration.sources.connectors.tsv import read_tsv
from orchestration.sources.delivery import Delivery, open_delivery

VALUE = {
    type_: table("things", "data", ("id",), field("id"), field("value", type_, path="at.value"))
    for type_ in ("text", "integer", "decimal", "money", "boolean", "date", "timestamp", "json")
}


@pytest.fixture
def delivery(tmp_path: Path) -> Iterator[Delivery]:
    home = Home(tmp_path)
    home.prepare()
    with open_delivery(home, DuckDbLimits()) as delivery:
        yield delivery


def deliver(delivery: Delivery, one: Table, *bodies: Any, zone: str = "Europe/Moscow") -> None:
    """Bring bodies (values of JSON, or bytes) that hold one row each into the delivery."""
    pages = Pages(delivery, "shop", zone)
    for body in bodies:
        pages.add(one, body if isinstance(body, bytes) else json.dumps(body).encode(), 1)
    pages.close()
    delivery.check()


def value(delivery: Delivery) -> Any:
    return delivery.connection.execute("select value from delivered.things").fetchone()[0]


@pytest.mark.parametrize(
    ("type_", "given", "read"),
    [
        ("text", 12345678901234567890, "12345678901234567890"),
        ("text", "", None),
        ("text", None, None),
        ("text", True, "true"),
        ("integer", 9007199254740993, 9007199254740993),
        ("integer", "12.0", 12),
        ("integer", None, None),
        ("decimal", "0.125", Decimal("0.125")),
        ("money", 1000.5, Decimal("1000.50")),
        ("money", "1000.00", Decimal("1000.00")),
        ("boolean", True, True),
        ("boolean", "false", False),
        ("date", "2026-03-01", date(2026, 3, 1)),
        ("json", [{"a": [1, None]}], '[{"a":[1,null]}]'),
        ("json", None, None),
        # Local to the account, and of any other zone.
        ("timestamp", "2026-03-01 10:00:00", datetime(2026, 3, 1, 7)),
        ("timestamp", "2026-03-01T10:00:00+05:00", datetime(2026, 3, 1, 5)),
        ("timestamp", "2026-03-01T10:00:00Z", datetime(2026, 3, 1, 10)),
    ],
)
def test_a_value_is_read_as_its_type(delivery, type_, given, read):
    deliver(delivery, VALUE[type_], {"data": [{"id": 1, "at": {"value": given}}]})
    assert value(delivery) == read
    assert delivery.rejects().num_rows == 0


@pytest.mark.parametrize(
    ("type_", "given", "reason"),
    [
        ("integer", 12.7, "is not a whole number"),
        ("integer", True, "is not a whole number"),
        ("integer", {"a": 1}, "is not a whole number"),
        ("integer", 10**30, "is not a whole number"),
        ("decimal", "1,5", "is not a number"),
        ("money", "12 RUB", "is not a number"),
        ("boolean", "perhaps", "is neither true nor false"),
        ("date", "2026-02-30", "is not a date"),
        ("timestamp", "yesterday", "is not a date and time"),
        ("timestamp", "infinity", "is not a date and time"),
        ("timestamp", 1772352000, "is not a date and time"),
    ],
)
def test_a_surprise_goes_to_quarantine(delivery, type_, given, reason):
    deliver(delivery, VALUE[type_], {"data": [{"id": 1, "at": {"value": given}}]})
    (reject,) = delivery.rejects().to_pylist()
    assert (reject["column_name"], reject["reason"]) == ("value", reason)
    assert (reject["file"], reject["row_number"], reject["record_id"]) == ("shop:things", 1, "1")
    (load,) = delivery.loads("shop")
    assert (load.rows_delivered, load.rows_loaded, load.rows_quarantined) == (1, 0, 1)


def test_a_personal_surprise_is_masked(delivery):
    secret = table("things", "data", ("id",), field("id"), field("born", "date", personal=True))
    deliver(delivery, secret, {"data": [{"id": 1, "born": "about 1970"}]})
    (reject,) = delivery.rejects().to_pylist()
    assert reject["value"] == "***"


@pytest.mark.parametrize("row", [None, 5, "x", {}, {"id": None}, {"id": ""}])
def test_a_row_without_its_key_goes_to_quarantine(delivery, row):
    deliver(delivery, VALUE["text"], {"data": [row]})
    (reject,) = delivery.rejects().to_pylist()
    assert (reject["column_name"], reject["reason"]) == ("id", "is required and empty")


@pytest.mark.parametrize(
    "body", [{}, {"rows": [{"id": 1}]}, {"data": {"0": {"id": 1}}}, {"data": None}, []]
)
def test_rows_that_are_not_where_they_should_be_are_noticed(delivery, body):
    with pytest.raises(SourceError, match=r"shop:things: 0 rows could be read of 1 .* at `data`"):
        deliver(delivery, VALUE["text"], body)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b'{"data":[{"id":"+7 999 000-01-00"}', "is not JSON"),
        (b'{"data":[{"id":"\xff"}]}', "is not UTF-8 text"),
    ],
)
def test_a_body_that_cannot_be_read_is_one_sentence_without_it(delivery, body, problem):
    with pytest.raises(SourceError, match=problem) as raised:
        deliver(delivery, VALUE["text"], body)
    assert "999" not in str(raised.value)


def test_a_path_goes_through_objects_and_lists(delivery):
    deep = table(
        "things", "a.rows", ("id",), field("id"), field("value", path="extra.list[1].at[0]")
    )
    row = {"id": 1, "extra": {"list": [{"at": [7]}, {"at": [8, 9]}], "other": 0}}
    deliver(delivery, deep, {"a": {"rows": [row]}})
    assert value(delivery) == "8"


def test_json_that_is_kept_whole_may_hold_other_columns(delivery):
    nested = table(
        "things",
        "data",
        ("id",),
        field("id"),
        field("value", "money", path="all.sum"),
        field("first", path="all.names[0]"),
        field("all", "json"),
    )
    deliver(delivery, nested, {"data": [{"id": 1, "all": {"sum": "5.00", "names": ["a"], "x": 1}}]})
    deliver(delivery, nested, {"data": [{"id": 2, "all": {"sum": "", "names": None}}]})
    deliver(delivery, nested, {"data": [{"id": 3}]})
    found = delivery.connection.execute(
        "select value, first, \"all\"::json->>'x' from delivered.things"
    )
    assert found.fetchall() == [(Decimal("5.00"), "a", "1"), (None, None, None), (None, None, None)]


def test_a_body_may_be_the_list_itself(delivery):
    deliver(delivery, table("things", "", ("id",), field("id"), field("value")), [{"id": 1}])
    assert value(delivery) is None


def test_a_timestamp_of_the_vendors_own_writing(delivery):
    own = field("value", "timestamp", format="%d.%m.%Y %H:%M")
    row = {"id": 1, "value": "01.03.2026 10:00"}
    deliver(delivery, table("things", "", ("id",), field("id"), own), [row])
    assert value(delivery) == datetime(2026, 3, 1, 7)


@pytest.mark.parametrize(
    ("versions", "kept"), [((1, 3, 2), 3), ((2, 2, 2), 2), ((None, 1, None), 1)]
)
def test_of_one_key_the_newest_stays_and_the_last_among_equals(delivery, versions, kept):
    versioned = table(
        "things",
        "",
        ("id",),
        field("id"),
        field("version", "integer"),
        field("place"),
        version="version",
    )
    rows = [[{"id": 1, "version": v, "place": place}] for place, v in enumerate(versions)]
    deliver(delivery, versioned, *rows)
    query = delivery.accepted(versioned, "shop")
    ((version, place),) = delivery.connection.execute(
        f"select version, place from ({query})"
    ).fetchall()
    last = max(place for place, v in enumerate(versions) if v == kept)
    assert (version, place) == (kept, str(last))
    (load,) = delivery.loads("shop")
    assert (load.rows_loaded, load.rows_superseded, load.rows_quarantined) == (1, 2, 0)


def test_many_bodies_are_numbered_one_after_another(delivery, monkeypatch):
    monkeypatch.setattr("orchestration.sources.connectors.pages._FLUSH_BYTES", 60)
    deliver(delivery, VALUE["text"], *({"data": [{"id": n}]} for n in range(20)))
    found = delivery.connection.execute("select id, _row from delivered.things").fetchall()
    assert sorted((int(id_), row) for id_, row in found) == [(n, n + 1) for n in range(20)]


def test_text_tables_are_typed_as_json_is(delivery):
    one = VALUE["integer"]
    pages = Pages(delivery, "shop")
    pages.add_texts(one, read_tsv(b"id\tat.value\n1\t12\n2\tmany\n3\t\n", "shop:things"))
    pages.add_texts(one, read_tsv(b"id\n4\n", "shop:things"))
    assert pages.rows == 4
    pages.close()
    delivery.check()
    read = delivery.connection.execute("select id, value, _row from delivered.things order by id")
    assert read.fetchall() == [("1", 12, 1), ("2", None, 2), ("3", None, 3), ("4", None, 4)]
    (reject,) = delivery.rejects().to_pylist()
    assert (reject["row_number"], reject["value"]) == (2, "many")


@pytest.mark.parametrize("body", [b"id\tat.value\n1\t12\t13\n", b"id\n\xff\n"])
def test_text_that_is_no_table_is_one_sentence_without_it(body):
    with pytest.raises(SourceError, match="shop:things: the answer cannot be read") as told:
        read_tsv(body, "shop:things")
    assert "13" not in str(told.value)


def test_nothing_is_quoted_in_tab_separated_text():
    texts = read_tsv(b'id\tname\n1\t"half\n2\ta "b" c\n', "shop:things")
    assert texts.to_pylist() == [{"id": "1", "name": '"half'}, {"id": "2", "name": 'a "b" c'}]
