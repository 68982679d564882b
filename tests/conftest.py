"""The demo company, landed and modelled once per session: what the tests of the star and the marts
count again by a second way."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import profiles  # noqa: F401  (hypothesis learns the profiles)
import pytest

from orchestration.home import Home
from orchestration.publish import publish
from orchestration.settings import DEMO_CONFIG, load_settings
from orchestration.sources.identity import normalise_identifiers
from orchestration.sources.landing import expose, land
from orchestration.transform import Dbt, dbt_vars, refusal
from orchestration.warehouse import open_warehouse, prepare_warehouse


@pytest.fixture(scope="session")
def hash_key() -> str:
    """The key that the demo company's customer ids are hashed with."""
    return "a key for tests"


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory, hash_key: str) -> Home:
    """A home whose warehouse holds the whole demo company, every model but the quality marts, and
    whose marts are published."""
    settings = load_settings(DEMO_CONFIG)
    as_of = settings.business.as_of
    home = Home(tmp_path_factory.mktemp("demo"))
    home.prepare()
    with open_warehouse(home, settings.limits) as connection:
        prepare_warehouse(connection, "test", as_of, hash_key)
    land("demo", settings.sources["demo"], home, settings.limits, Path(), as_of)
    with open_warehouse(home, settings.limits) as connection:
        expose(connection, settings.sources)
        normalise_identifiers(connection, settings.business.country)
    dbt = Dbt(home, settings.limits)
    failed = refusal(dbt.build(dbt_vars(settings, as_of), "--exclude", "marts.quality"))
    if failed:
        raise failed
    with open_warehouse(home, settings.limits) as connection:
        tables = [
            table
            for (table,) in connection.execute(
                "select table_name from duckdb_tables() where schema_name = 'marts' order by 1"
            ).fetchall()
        ]
    publish(home, settings.limits, "test", as_of, tables)
    return home


@pytest.fixture(scope="session")
def warehouse(demo_home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to the demo warehouse: schemas landing, intermediate and marts."""
    with duckdb.connect(demo_home.warehouse, read_only=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def published_marts(demo_home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to what is published of the demo company, as a BI tool has it."""
    with duckdb.connect(demo_home.published / "marts.duckdb", read_only=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def truths(demo_home: Home) -> dict[str, Any]:
    """What is planted in the demo company for the marts to find."""
    return json.loads((demo_home.state / "demo_truths.json").read_text())
