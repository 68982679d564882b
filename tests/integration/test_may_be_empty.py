"""Gate 1 on accounts that have no rows of what their vendor says need not be there."""

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from data_quality import refusal, run_landing_gate
from data_quality.checks import CheckResult
from kits.small_company import change
from orchestration.core import sql
from orchestration.core.entities import ENTITIES
from orchestration.core.home import Home
from orchestration.core.warehouse import create_ledger
from orchestration.settings import Settings
from orchestration.sources import raw

AS_OF = date(2026, 6, 30)
BEFORE = AS_OF - timedelta(days=1)
SINCE = {"history_from": date(2026, 1, 1)}
ALL = {"calls": "link", "messages": True, "tasks": True}
SOURCES = {
    "amo": {
        "type": "amocrm",
        "base_url": "https://x.amocrm.ru",
        "token_env": "A",
        "lead_pipelines": [1],
        **ALL,
    },
    "bitrix": {"type": "bitrix24", "webhook_env": "B", **ALL},
    "hub": {"type": "hubspot", "token_env": "C", **ALL},
    "meta": {"type": "meta", "account_id": "act_1", "token_env": "D"},
    "pbx": {"type": "twilio", "account_sid": f"AC{0:032x}", "key_env": "E", "secret_env": "F"},
}
# What the entity's own marts cannot do without, and what one vendor cannot; all else has no rows.
FILLED = {
    "users": "select 'u' || source as user_id, 'Ann' as name",
    "stages": "select 'p' as pipeline_id, 'Sales' as pipeline_name, 's' || source as stage_id,"
    " 'New' as stage_name, 1 as stage_order, 'open' as semantics",
    "deals": "select 'd' || source as deal_id, 'p' as pipeline_id, 's' || source as stage_id,"
    " moment as created_at",
    # The stage that a deal was made in is history.
    "hub.stage_events": "select 'dhub' as deal_id, 'shub' as to_stage_id, moment as changed_at",
}


def company(*names: str) -> Settings:
    sources = {name: SINCE | SOURCES[name] for name in names}
    business = {"name": "Small", "time_zone": "Europe/Moscow", "base_currency": "RUB"}
    return Settings(business=business, sources=sources, limits={"memory": "1GB"})


@pytest.fixture
def config() -> Settings:
    return company("bitrix", "hub")


@pytest.fixture
def home(config: Settings, tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.prepare()
    with duckdb.connect(home.warehouse) as connection:
        create_ledger(connection)
        raw.complete(connection, config.sources)
        connection.execute("create schema landing")
        for name, entity in ENTITIES.items():
            connection.execute(f"create table landing.{name} as {sql.empty(entity)}")
        for source, vendor in config.sources.items():
            for name in vendor.delivers:
                _conform(connection, source, name)
            for as_of in (BEFORE, AS_OF):
                connection.execute(
                    "insert into ledger.loads by name select 1 as rows_delivered, 1 as rows_loaded,"
                    f" 0 as rows_quarantined, 0 as rows_superseded, date '{as_of}' as as_of_date,"
                    f" '{source}' as source, '{vendor.type}.x' as entity"
                )
    return home


def _conform(connection: duckdb.DuckDBPyConnection, source: str, name: str) -> None:
    """What the models would make of the account."""
    query = FILLED.get(f"{source}.{name}") or FILLED.get(name)
    if query:
        connection.execute(
            f"insert into landing.{name} by name {query}, source, source as _file"
            f" from (select '{source}' as source, timestamp '{AS_OF}' as moment)"
        )


def delivered(results: list[CheckResult], *, passed: bool) -> dict[tuple[str, str], CheckResult]:
    found = (r for r in results if r.check_id == "delivered" and r.passed is passed)
    return {(r.source, r.entity): r for r in found}


def test_no_connector_lets_be_empty_what_its_marts_cannot_do_without():
    sources = company(*SOURCES).sources
    allowed = {name: source.may_be_empty for name, source in sources.items()}
    assert allowed == {
        "amo": ("stage_events", "contacts", "merges", "call_links", "messages", "tasks"),
        "bitrix": ("leads", "stage_events", "contacts", "call_links", "messages", "tasks"),
        "hub": ("leads", "contacts", "merges", "call_links", "messages", "tasks"),
        "meta": ("ad_stats",),
        "pbx": (),
    }
    for name, source in sources.items():
        assert {*allowed[name]} <= {*source.delivers}


def test_no_rows_are_normal_where_the_vendor_says_so_and_warn_where_there_were_some(home, config):
    change(
        home,
        "insert into landing.merges by name select 'hub' as source, 'deals' as entity,"
        " 'd0' as loser_id, 'd1' as survivor_id",
    )
    before = run_landing_gate(home, config, BEFORE)
    assert delivered(before, passed=False) == {}
    assert refusal(before) is None
    nothing = {key for key, r in delivered(before, passed=True).items() if r.threshold == 0}
    assert nothing == {
        *(("bitrix", name) for name in ("leads", "stage_events", "contacts", "call_links")),
        *(("hub", name) for name in ("leads", "contacts", "call_links")),
        *((source, name) for source in ("bitrix", "hub") for name in ("messages", "tasks")),
    }

    change(home, "delete from landing.merges; delete from landing.deals where source = 'bitrix'")
    results = run_landing_gate(home, config, AS_OF)
    missing = delivered(results, passed=False)
    assert missing.keys() == {("hub", "merges"), ("bitrix", "deals")}
    emptied = missing["hub", "merges"]
    assert (emptied.severity, emptied.value) == ("warn", 0)
    assert f"hub.merges: no rows, and there were some on {BEFORE}" in emptied.detail
    assert refusal(results).startswith("bitrix.deals (bitrix): 0 rows landed, expected at least")
