"""amoCRM: the demo company through its API v4, and back to the entities."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from emulators.amocrm import FIELD_IDS, LEAD_PIPELINE, POST_WON, QUALIFIED, RENAMED, TOKEN, Amocrm
from emulators.company import LAST_DAY, Company
from emulators.server import serve

from orchestration.home import Home
from orchestration.settings import Limits
from orchestration.sources.crm.amocrm.config import AmocrmSource
from orchestration.sources.landing import expose, land
from orchestration.sources.vendor.views import conform, gather
from orchestration.transform import Dbt
from orchestration.warehouse import open_warehouse

KEYS = {
    "users": ("user_id",),
    "stages": ("pipeline_id", "stage_id"),
    "deals": ("deal_id",),
    "stage_events": ("deal_id", "lead_id", "sequence"),
    "contacts": ("contact_id",),
    "merges": ("entity", "loser_id"),
    "leads": ("lead_id",),
}
# What amoCRM cannot carry. Users: it knows neither extensions nor departments nor days of coming
# and going, and nothing of who has left. Stages: a deleted one is known by its number alone, and
# there are no probabilities.
NOT_CARRIED = {
    "users": {"phone_ext", "department", "hired_on", "left_on", "updated_at"},
    "stages": {"probability", "updated_at"},
    "stage_events": {"updated_at"},
    "merges": {"updated_at"},
}


@pytest.fixture(scope="module")
def company() -> Company:
    company = Company(0.03)
    company.connection.execute(
        "update now.deals set is_deleted = true, updated_at = timestamp '2026-06-30 12:00:00'"
        " where hash(deal_id) % 31 = 0"
    )
    return company


@pytest.fixture(autouse=True, scope="module")
def environment() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("AMO_TOKEN", TOKEN)
        # How long a service that fails is waited for is tested elsewhere.
        monkeypatch.setattr("orchestration.sources.http.client._LONGEST_BACKOFF", 0.05)
        yield


def config(url: str, **options) -> AmocrmSource:
    given = {
        "type": "amocrm",
        "base_url": url,
        "token_env": "AMO_TOKEN",
        "history_from": date(2024, 1, 1),
        "lead_pipelines": [LEAD_PIPELINE],
        "qualified_stages": [QUALIFIED],
        "post_won_stages": [POST_WON],
        "requests_per_second": 1000,
        "custom_fields": {
            entity: {column: str(number) for column, number in columns.items()}
            for entity, columns in FIELD_IDS.items()
        },
    }
    return AmocrmSource(**given | options)


def night(home: Home, source: AmocrmSource, name: str = "crm") -> None:
    home.prepare()
    land(name, source, home, Limits(), Path(), LAST_DAY)


@pytest.fixture(scope="module")
def warehouse(
    company: Company, environment: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The same company as two sources: `nights` read it some days ago and today, `fresh` today."""
    home = Home(tmp_path_factory.mktemp("amocrm"))
    with serve(Amocrm(company, 1000).app) as url:
        with company.earlier():
            night(home, config(url), "nights")
        night(home, config(url), "nights")
        night(home, config(url), "fresh")
        sources = {"nights": config(url), "fresh": config(url)}
    with open_warehouse(home, Limits()) as connection:
        gather(connection, sources)
    results = Dbt(home, Limits()).build({}, "--select", "staging.vendors.amocrm")
    assert [r.status for r in results if r.status not in ("success", "pass")] == []
    with open_warehouse(home, Limits()) as connection:
        conform(connection, sources)
        expose(connection, sources)
    with duckdb.connect(home.warehouse, read_only=True) as connection:
        yield connection


def rows(
    connection: duckdb.DuckDBPyConnection, source: str, entity: str
) -> dict[tuple, dict[str, Any]]:
    cursor = connection.execute(
        f"select * exclude (source, _file, _row) from landing.{entity} where source = ?", [source]
    )
    names = [column[0] for column in cursor.description]
    found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return {tuple(row[key] for key in KEYS[entity]): row for row in found}


@pytest.mark.parametrize("entity", KEYS)
def test_the_company_comes_back_as_it_was(company, warehouse, entity):
    found = rows(warehouse, "fresh", entity)
    own = {tuple(row[key] for key in KEYS[entity]): row for row in company.rows(RENAMED[entity])}
    if entity == "stages":
        # The company has no stages of inquiries and no Unsorted.
        found = {key: row for key, row in found.items() if key in own}
    if entity == "stage_events":
        found = {key: row for key, row in found.items() if row["deal_id"]}
    if entity == "merges":
        # A card that was merged on, and never moved, may have been an inquiry as well as a deal.
        found = {key: row for key, row in found.items() if key in own or key[0] != "leads"}
    assert found.keys() == own.keys()
    for key, row in found.items():
        carried = row.keys() - NOT_CARRIED.get(entity, set())
        assert {name: row[name] for name in carried} == {name: own[key][name] for name in carried}


@pytest.mark.parametrize("entity", KEYS)
def test_nights_come_to_what_a_first_load_finds(warehouse, entity):
    nights = rows(warehouse, "nights", entity)
    assert nights and nights == rows(warehouse, "fresh", entity)
