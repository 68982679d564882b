"""UIS: the demo company's calls through its Data API, and back to the entity."""

from datetime import date
from pathlib import Path

import duckdb
import pytest
from emulators.company import LAST_DAY, Company
from emulators.server import serve
from emulators.uis import RENAMED, TOKEN, ZONE, Uis

from orchestration.home import Home
from orchestration.settings import Limits
from orchestration.sources.calls.uis.config import UisSource
from orchestration.sources.landing import expose, land
from orchestration.sources.vendor.views import conform, gather
from orchestration.transform import Dbt
from orchestration.warehouse import open_warehouse

# What UIS cannot carry: it knows no CRM, numbers all sessions and legs, and says of an answered
# call that it was answered.
NOT_CARRIED = {"user_id", "lead_id", "deal_id", "leg_no", "recording_url", "updated_at"}


@pytest.fixture(scope="module")
def company() -> Company:
    return Company(0.02)


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UIS_TOKEN", TOKEN)


def config(url: str, **options) -> UisSource:
    return UisSource(
        type="uis",
        token_env="UIS_TOKEN",
        time_zone=ZONE,
        history_from=date(2024, 1, 1),
        base_url=f"{url}/v2.0",
        **options,
    )


def landed(home: Home, source: UisSource) -> duckdb.DuckDBPyConnection:
    """Land the source; a connection to the warehouse with its entities conformed."""
    home.prepare()
    land("pbx", source, home, Limits(), Path(), LAST_DAY)
    sources = {"pbx": source}
    with open_warehouse(home, Limits()) as connection:
        gather(connection, sources)
    results = Dbt(home, Limits()).build({}, "--select", "staging.vendors.uis")
    assert [r.status for r in results if r.status not in ("success", "pass")] == []
    with open_warehouse(home, Limits()) as connection:
        conform(connection, sources)
        expose(connection, sources)
    return duckdb.connect(home.warehouse, read_only=True)


def calls(company: Company) -> dict[str, dict]:
    """What UIS can carry of the company's calls, by its own ids."""
    rows = company.rows(f"from ({RENAMED}) where direction != 'internal'")
    return {row["call_id"]: carried(row) for row in rows}


def carried(row: dict) -> dict:
    row = {name: value for name, value in row.items() if name not in NOT_CARRIED}
    return row | {"result": row["result"] or "answered"}


def test_every_call_comes_back_as_it_was(company, tmp_path):
    with serve(Uis(company).app) as url, landed(Home(tmp_path), config(url)) as warehouse:
        rows = warehouse.sql("from landing.calls").df()
    came = rows.astype(object).where(rows.notna(), None).to_dict("records")
    expected = calls(company)
    assert {row["call_id"] for row in came} == expected.keys()
    for row in came:
        own = expected[row["call_id"]]
        assert {name: row[name] for name in own} == own
