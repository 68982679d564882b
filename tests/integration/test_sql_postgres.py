"""Source `sql` on a PostgreSQL of its own, where its programs are there."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from test_sql_source import land_sql

from kits.files import Landed, counts
from kits.postgres import needs_postgres, postgres
from orchestration.core.home import Home

pytestmark = needs_postgres


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres() as address:
        yield address.replace("://", "+psycopg://")


@pytest.fixture
def shop(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Landed]:
    """A home to land in; the server writes dates as Germans do."""
    monkeypatch.setenv("CRM_URL", server)
    with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            """
            alter role reader set datestyle to 'German';
            drop schema if exists crm cascade;
            create schema crm;
            create table crm.deals (
                id bigint, created timestamptz, closed timestamp, amount numeric(20, 6),
                contact double precision, owner numeric(10, 2), expected date
            );
            insert into crm.deals values
                (1, '2026-10-25 00:30:00+00', '2026-10-25 02:30:00', 1234.5, 501, 7, '2026-04-01'),
                (2, '2026-10-25 01:30:00+00', null, 0.005, null, null, 'infinity'),
                (3, '2026-03-02 10:00:00+03', null, null, 502, 8, null),
                (4, '2026-03-02 10:00:00+03', '-infinity', null, 503, 8, null),
                (5, '2026-03-02 10:00:00+03', null, null, 502.5, 8, null);
            create table crm.contacts (id double precision, phones text[]);
            insert into crm.contacts values
                (501, array['+4915100000001', '+4915100000002']), (502, null);
            """
        )
    return Landed(Home(tmp_path / "home"))


DEALS = """
[sources.crm.entities.deals]
{place}
[sources.crm.entities.deals.columns]
deal_id = "id"
created_at = "created"
closed_at = "closed"
amount = "amount"
contact_id = "contact"
owner_id = "owner"
expected_close_on = "expected"

[sources.crm.entities.contacts]
table = "crm.contacts"
columns = {{ contact_id = "id", phones = "phones" }}
"""


@pytest.mark.parametrize("place", ['table = "crm.deals"', 'query = "select * from crm.deals"'])
def test_types_of_postgres(shop, tmp_path, place):
    toml = DEALS.format(place=place)
    contacts, deals = sorted(
        land_sql(tmp_path, shop.home, toml, date(2026, 3, 31)), key=lambda load: load.entity
    )
    assert (counts(contacts), counts(deals)) == ((2, 2, 0, 0), (5, 2, 3, 0))
    assert shop.query(
        "select deal_id, created_at, closed_at, amount, contact_id, owner_id, expected_close_on"
        " from raw_crm.deals order by 1"
    ) == [
        (
            *("1", datetime(2026, 10, 25, 0, 30), datetime(2026, 10, 24, 23, 30)),
            *(Decimal("1234.5"), "501", "7", date(2026, 4, 1)),
        ),
        ("3", datetime(2026, 3, 2, 7), None, None, "502", "8", None),
    ]
    assert shop.query("select contact_id, phones from raw_crm.contacts order by 1") == [
        ("501", "+4915100000001;+4915100000002"),
        ("502", None),
    ]
    assert shop.query(
        "select row_number, column_name, value from ledger.quarantine order by 1"
    ) == [
        (2, "expected_close_on", "infinity"),
        (4, "closed_at", "-infinity"),
        (5, "contact_id", "502.5"),
    ]
