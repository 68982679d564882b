"""Rows of any sources reach the entities by dbt's models alone."""

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest
import yaml

from orchestration.core.entities import ENTITIES
from orchestration.core.home import Home
from orchestration.core.project import DBT_PROJECT
from orchestration.core.warehouse import open_warehouse
from orchestration.dbt_sources import definitions, wiring
from orchestration.settings import DEMO_CONFIG, Settings, load_settings
from orchestration.sources import raw
from orchestration.transform import Dbt, audit_error, dbt_vars

AIRCALL = {
    "type": "aircall",
    "api_id_env": "A",
    "api_token_env": "B",
    "history_from": date(2026, 1, 1),
}
HUBSPOT = {
    "type": "hubspot",
    "token_env": "C",
    "history_from": date(2026, 1, 1),
    "post_won_stages": ["it's paid"],
    "custom_fields": {"deals": {"product": "what"}},
}
FILES = {
    "type": "files",
    "time_zone": "UTC",
    "entities": {
        "calls": {
            "path": "calls.csv",
            "columns": {"call_id": "id", "started_at": "at", "direction": "way"},
        }
    },
}


@pytest.fixture(scope="module")
def settings() -> Settings:
    return Settings(
        business={"name": "Small", "time_zone": "Europe/Moscow", "base_currency": "RUB"},
        sources={"one": AIRCALL, "two": AIRCALL, "crm": HUBSPOT, "sheets": FILES},
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Home:
    home = Home(tmp_path_factory.mktemp("home"))
    home.prepare()
    return home


@pytest.fixture(scope="module")
def dbt(home: Home, settings: Settings) -> Dbt:
    return Dbt(home, settings.limits, settings.sources)


@pytest.fixture(scope="module")
def warehouse(home: Home, settings: Settings, dbt: Dbt) -> Iterator[duckdb.DuckDBPyConnection]:
    moment = "timestamp '2026-06-01 10:00:00'"
    with open_warehouse(home, settings.limits) as connection:
        raw.complete(connection, settings.sources)
        for name in ("one", "two"):
            connection.execute(
                f"insert into raw_{name}.calls by name select '{name}' as source, '{name}1' as id,"
                f" 'inbound' as direction, {moment} as started_at, {moment} as ended_at"
            )
        connection.execute(
            "insert into raw_sheets.calls by name select 'sheets' as source, 's1' as call_id,"
            f" {moment} as started_at, 'out' as direction, 'calls.csv' as _file, 7 as _row"
        )
    chosen = ("staging.config", "staging.vendors", "staging.entities")
    variables = dbt_vars(settings, date(2026, 6, 30))
    cautious = ("--indirect-selection", "cautious")
    assert audit_error(dbt.build(variables, "--select", *chosen, *cautious)) is None
    with duckdb.connect(home.warehouse, read_only=True) as connection:
        yield connection


def test_an_entity_has_the_rows_of_all_sources(warehouse):
    calls = warehouse.execute(
        "select source, call_id, direction, _file, _row from landing.calls order by source"
    ).fetchall()
    assert calls == [
        ("one", "one1", "in", "one:calls", None),
        ("sheets", "s1", "out", "calls.csv", 7),
        ("two", "two1", "in", "two:calls", None),
    ]


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=ENTITIES)
def test_an_entity_has_the_same_columns_from_every_source(warehouse, entity):
    described = warehouse.execute(f"describe landing.{entity.name}").fetchall()
    columns = [("source", "VARCHAR")]
    columns += [(c.name, c.sql_type.upper().replace(", ", ",")) for c in entity.columns]
    columns += [("_file", "VARCHAR"), ("_row", "BIGINT")]
    assert [tuple(row[:2]) for row in described] == columns


def test_what_the_config_says_of_accounts_is_there(warehouse):
    assert warehouse.execute("from staging.stg_config__options").fetchall() == [
        ("crm", "post_won_stages", "it's paid")
    ]
    assert warehouse.execute("from staging.stg_config__custom_fields").fetchall() == [
        ("crm", "deals", "product", "what")
    ]


def test_lineage_goes_from_each_raw_table_to_the_facts(dbt: Dbt):
    parents = dbt.manifest_content["parent_map"]

    def above(node: str) -> set[str]:
        return {node}.union(*map(above, parents.get(node, ())))

    known = above("model.voronka.fct_call")
    assert {f"source.voronka.raw_{name}.calls" for name in ("one", "two", "sheets")} <= known


def test_a_vendor_that_is_not_configured_has_no_models(dbt: Dbt):
    vendors = {
        node["fqn"][3]
        for node in dbt.manifest_content["nodes"].values()
        if node["fqn"][1:3] == ["staging", "vendors"]
    }
    assert vendors == {"aircall", "hubspot"}


def test_the_project_without_a_home_is_that_of_the_demo_company():
    sources = load_settings(DEMO_CONFIG).sources
    project = yaml.safe_load((DBT_PROJECT / "dbt_project.yml").read_text())
    assert {name: project["vars"][name] for name in wiring(sources)} == wiring(sources)
    kept = yaml.safe_load((DBT_PROJECT / "demo_sources" / "_sources.yml").read_text())
    assert kept == definitions(sources)


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=ENTITIES)
def test_the_columns_of_an_entity_are_described(entity):
    place = (
        DBT_PROJECT.parent / "models" / "staging" / "entities" / f"stg_entities__{entity.name}.yml"
    )
    (model,) = yaml.safe_load(place.read_text())["models"]
    described = {column["name"] for column in model["columns"]} - {"_file", "_row"}
    assert described == {"source", *entity.column_names}
