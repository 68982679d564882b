"""HubSpot: the demo company through its CRM API, and back to the entities."""

from collections import Counter
from collections.abc import Iterator
from datetime import date

import duckdb
import pytest
from emulators.company import LAST_DAY, Company
from emulators.hubspot import (
    CUSTOM_FIELDS,
    LEAD_PIPELINE,
    POST_WON,
    RENAMED,
    TOKEN,
    Hubspot,
)
from emulators.server import serve
from vendor_kit import conform_vendor, land_vendor

from orchestration.home import Home
from orchestration.sources.crm.hubspot.config import HubspotSource

KEYS = {
    "users": ("user_id",),
    "stages": ("pipeline_id", "stage_id"),
    "deals": ("deal_id",),
    "stage_events": ("deal_id", "lead_id", "sequence"),
    "contacts": ("contact_id",),
    "merges": ("entity", "loser_id"),
    "leads": ("lead_id",),
    "calls": ("call_id",),
}
# What HubSpot cannot carry. What it carries otherwise stands in `RENAMED` of the emulator.
NOT_CARRIED = {
    "users": {
        "phone_ext": "telephony knows it",
        "department": "there are teams and nothing above them",
        "role": "an owner has none",
        "hired_on": "it does not say",
        "left_on": "it says who has left, and not when",
    },
    "stage_events": {"updated_at": "an event does not change"},
    "merges": {"updated_at": "a merge does not change"},
    "calls": dict.fromkeys(
        (
            *("leg_no", "user_email", "phone_ext", "queue_seconds", "ring_seconds"),
            *("answered_at", "ended_at"),
        ),
        "a logged call knows the talk and nothing of how it came about",
    ),
}


@pytest.fixture(scope="module")
def company() -> Company:
    return small_company()


def small_company(scale: float = 0.02) -> Company:
    """More deleted deals than by itself, and some contacts with a second e-mail."""
    company = Company(scale)
    company.connection.execute(
        f"update now.deals set is_deleted = true, updated_at = timestamp '{LAST_DAY} 12:00:00'"
        " where hash(deal_id) % 31 = 0"
    )
    for state in ("now", "before"):
        company.connection.execute(
            f"update {state}.contacts set emails = emails || '; second.' || emails"
            " where hash(contact_id) % 5 = 0"
        )
    return company


@pytest.fixture(autouse=True, scope="module")
def token() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUBSPOT_TOKEN", TOKEN)
        yield


def source(url: str, **options: object) -> HubspotSource:
    given = {
        "type": "hubspot",
        "base_url": url,
        "token_env": "HUBSPOT_TOKEN",
        "history_from": date(2024, 1, 1),
        "post_won_stages": [POST_WON],
        "calls": "take",
        "custom_fields": CUSTOM_FIELDS,
    }
    return HubspotSource(**given | options)


def land(home: Home, hubspot: Hubspot, name: str = "crm", **options: object) -> Home:
    rates = {
        "requests_per_ten_seconds": hubspot.per_ten_seconds,
        "searches_per_second": hubspot.searches,
    }
    with serve(hubspot.app) as url:
        land_vendor(home, source(url, **rates | options), name)
    return home


def quick(company: Company, **options: object) -> Hubspot:
    """A service whose limits no test has to wait for."""
    return Hubspot(company, per_ten_seconds=1_000_000, searches=100_000, **options)


@pytest.fixture(scope="module")
def asked() -> list[Counter[str]]:
    """What the nights of `fresh` asked for, by path."""
    return []


@pytest.fixture(scope="module")
def fresh(company, token, asked, tmp_path_factory) -> Home:
    """A home where `nights` read the company some days ago and again today, and `crm` today."""
    home, hubspot = Home(tmp_path_factory.mktemp("fresh")), quick(company)
    with company.earlier():
        land(home, hubspot, "nights")
    for name in ("nights", "crm"):
        asked.append(hubspot.asked.copy())
        hubspot.asked.clear()
        land(home, hubspot, name)
    asked.append(hubspot.asked.copy())
    return home


@pytest.fixture(scope="module")
def warehouse(fresh, vendor_models) -> Iterator[duckdb.DuckDBPyConnection]:
    accounts = {name: source("http://vendor") for name in ("crm", "nights")}
    with conform_vendor(fresh, accounts, vendor_models) as connection:
        yield connection


def rows(warehouse: duckdb.DuckDBPyConnection, account: str, entity: str) -> dict[tuple, dict]:
    cursor = warehouse.execute(
        f"select * exclude (source, _file, _row) from landing.{entity} where source = ?", [account]
    )
    names = [column[0] for column in cursor.description]
    return keyed(entity, [dict(zip(names, row, strict=True)) for row in cursor.fetchall()])


def keyed(entity: str, found: list[dict]) -> dict[tuple, dict]:
    by_key = {tuple(row[key] for key in KEYS[entity]): row for row in found}
    assert len(by_key) == len(found) > 0
    return by_key


@pytest.mark.parametrize("entity", KEYS)
def test_the_company_comes_back_as_it_was(company, warehouse, entity):
    came, own = rows(warehouse, "crm", entity), keyed(entity, company.rows(RENAMED[entity]))
    # The company has no stages of inquiries, and no history of them but for two times.
    if entity == "stages":
        came = {key: row for key, row in came.items() if key[0] != LEAD_PIPELINE}
    if entity == "stage_events":
        came = {key: row for key, row in came.items() if row["deal_id"]}
    assert came.keys() == own.keys()
    for key, row in came.items():
        for name in row.keys() - NOT_CARRIED.get(entity, {}).keys():
            assert row[name] == own[key][name], f"{name} of {key}"


@pytest.mark.parametrize("entity", KEYS)
def test_nights_come_to_what_a_first_load_finds(warehouse, entity):
    assert rows(warehouse, "nights", entity) == rows(warehouse, "crm", entity)
