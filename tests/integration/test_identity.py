"""Spellings of phones, e-mails and messenger names, read from the landing views."""

import duckdb
import pytest

from kits.united import unite
from orchestration.sources import identity
from orchestration.sources.identity import normalise_identifiers


@pytest.fixture
def connection():
    with duckdb.connect() as connection:
        unite(connection, {})
        yield connection


def deliver(connection: duckdb.DuckDBPyConnection, entity: str, **cells: list[str | None]) -> None:
    """Make `entity` deliver these columns; the others are empty."""
    values = ", ".join(f"unnest(?::varchar[]) as {column}" for column in cells)
    connection.execute(f"drop view landing.{entity}")
    connection.execute(f"create table landing.{entity} as select {values}", [*cells.values()])


def values(connection: duckdb.DuckDBPyConnection, country: str = "RU") -> dict[str, set[str]]:
    """What each cell means."""
    rows = normalise_identifiers(connection, country)
    found: dict[str, set[str]] = {}
    for cell, value in connection.execute(
        "select raw_value, value from identity.identifiers"
    ).fetchall():
        found.setdefault(cell, set()).add(value)
    assert rows == sum(map(len, found.values()))
    return found


def leads(connection: duckdb.DuckDBPyConnection, **cells: list[str | None]) -> None:
    size = len(next(iter(cells.values())))
    empty = dict.fromkeys(("phone", "email", "messenger"), [None] * size)
    deliver(connection, "leads", **(empty | cells))


@pytest.mark.parametrize(
    "spelling",
    [
        *("89990000001", "+79990000001", "79990000001", "9990000001"),
        *("8 (999) 000-00-01", "+7 (999) 000-0001", " +7 999 000 00 01 ", "8.999.000.00.01"),
        *("79990000001.0", "9990000001.00", "007 999 000-00-01", "00 7 (999) 0000001"),
        *("+7\u00a0999\u00a0000\u201100\u201101", "+7 999 000-00-01 доб. 12"),
    ],
)
def test_one_number_however_it_is_spelt(connection, spelling):
    leads(connection, phone=[spelling])
    assert values(connection) == {spelling: {"+79990000001"}}


def test_a_number_without_a_country_code_is_of_the_company_s_country(connection):
    leads(connection, phone=["(212) 555-0100", "+7 999 000-00-01"])
    assert values(connection, "US") == {
        "(212) 555-0100": {"+12125550100"},
        "+7 999 000-00-01": {"+79990000001"},
    }
    # Another night, another country: what was read before is read anew.
    assert values(connection, "RU") == {"+7 999 000-00-01": {"+79990000001"}} | {
        "(212) 555-0100": {"+72125550100"}
    }


def test_invalid_identifiers_have_no_normal_form(connection):
    leads(
        connection,
        phone=["", "none", "112", "+7999", "0" * 30],
        email=["", "none", "@", "@example.org", "Ivan <ivan@example.org>"],
        messenger=["", "@", " ", None, None],
    )
    assert values(connection) == {}


def test_a_placeholder_is_nobody_s_phone(connection):
    """Or all clients that were entered with it would be one customer."""
    phones = ["0000000000", "+7 999 999-99-99", "8 (111) 111-11-11", "1234567890", "123-45-67"]
    leads(connection, phone=phones)
    assert values(connection) == {}
    assert connection.execute(
        "select delivered, read from identity.readings where entity = 'leads'"
        " and column_name = 'phone'"
    ).fetchall() == [(5, 0)]


def test_a_number_of_another_country_by_the_international_prefix(connection):
    leads(connection, phone=["0049 170 1234567", "01149 170 1234567"])
    assert values(connection, "RU") == {"0049 170 1234567": {"+491701234567"}}
    assert values(connection, "US") == {
        "0049 170 1234567": {"+491701234567"},
        "01149 170 1234567": {"+491701234567"},
    }


def test_e_mails_and_messenger_names_have_no_capitals(connection):
    leads(connection, email=[" Ivan@Example.ORG ", None], messenger=[None, "@Ivan"])
    assert values(connection) == {" Ivan@Example.ORG ": {"ivan@example.org"}, "@Ivan": {"ivan"}}


def test_a_cell_of_a_contact_may_hold_several(connection):
    phones, emails = "8 999 000-00-01; +7 999 000 00 02;;", "a@example.org;B@example.org"
    deliver(connection, "contacts", phones=[phones], emails=[emails], messengers=[None])
    assert values(connection) == {
        phones: {"+79990000001", "+79990000002"},
        emails: {"a@example.org", "b@example.org"},
    }


ONE, TWO = "+79990000001", "+79990000002"


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        *((f"{ONE}{sign} 8 999 000-00-02", {ONE, TWO}) for sign in (",", ";", "/", "|", "\r\n")),
        # As databases, JSON and Python write arrays.
        *((cell, {ONE, TWO}) for cell in (f"{{{ONE},{TWO}}}", f'["{ONE}", "{TWO}"]')),
        (f"['{ONE}', None]", {ONE}),
        # A stroke within a number, and one that leaves only the end of another.
        ("999/000-00-01", {ONE}),
        (f"{ONE}/02", {ONE}),
    ],
)
def test_phones_of_one_cell_are_parted(connection, cell, numbers):
    leads(connection, phone=[cell])
    assert values(connection) == {cell: numbers}


def test_e_mails_of_one_cell_are_parted(connection):
    cells = ["a@example.org, B@example.org", "a@example.org/b@example.org", '["a@example.org"]']
    leads(connection, email=cells)
    both = {"a@example.org", "b@example.org"}
    assert values(connection) == dict(zip(cells, (both, both, {"a@example.org"}), strict=True))


def test_identifiers_that_cannot_be_read_are_counted(connection):
    leads(connection, phone=["not given", f"{ONE}, 12", ONE], email=["no", "a@example.org", None])
    normalise_identifiers(connection, "RU")
    assert connection.execute(
        "select * from identity.readings where delivered > 0 order by all"
    ).fetchall() == [("leads", "email", 2, 1), ("leads", "phone", 4, 2)]


def test_a_number_is_read_once_and_forgotten_with_its_client(connection, monkeypatch):
    leads(connection, phone=["89990000001", "89990000002"])
    first = values(connection)
    read = []
    monkeypatch.setattr(identity, "e164", lambda spelling, country: read.append(spelling))
    assert values(connection) == first
    assert read == []
    connection.execute("delete from landing.leads where phone = '89990000001'")
    normalise_identifiers(connection, "RU")
    left = connection.execute("select spelling from identity.phones").fetchall()
    assert left == [("89990000002",)]
