"""The demo company, landed and modelled once per session: what the tests of the star and the marts
count again by a second way. The models as plain SQL, to be run over tables of a test's own."""

import json
from collections.abc import Callable, Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb
import profiles  # noqa: F401  (hypothesis learns the profiles)
import pytest
from dbt.cli.main import dbtRunner
from emulators.clock import QuickTime
from vendor_kit import Models, passing

from orchestration.home import Home
from orchestration.publish import publish
from orchestration.recipe import incremental_models
from orchestration.settings import DEMO_CONFIG, load_settings
from orchestration.sources.identity import normalise_identifiers
from orchestration.sources.landing import expose, land
from orchestration.transform import PROJECT, Dbt, dbt_vars, refusal
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
    left_out = ("marts.quality", "staging.vendors")
    failed = refusal(dbt.build(dbt_vars(settings, as_of), "--exclude", *left_out))
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


@pytest.fixture(scope="session")
def dbt_compile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable]:
    """A function: the compiled models that dbt arguments select, in the order they build on each
    other. The project is parsed once per session."""
    folder = tmp_path_factory.mktemp("compiled")
    where = (
        *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
        *("--target-path", str(folder / "target"), "--log-path", str(folder)),
    )

    def invoke(runner: dbtRunner, command: str, *arguments: str):
        done = runner.invoke(["--quiet", command, *where, *arguments])
        assert done.success, done.exception
        return done.result

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VORONKA_WAREHOUSE", str(folder / "laws.duckdb"))
        manifest = invoke(dbtRunner(), "parse")
        runner = dbtRunner(manifest=manifest)
        # An incremental model is compiled as one where its table is there; nobody looks into it.
        with duckdb.connect(folder / "laws.duckdb") as warehouse:
            for node in map(manifest.nodes.get, incremental_models(manifest)):
                warehouse.execute(f"create schema if not exists {node.schema}")
                warehouse.execute(f"create table {node.schema}.{node.name} (nothing integer)")

        def dbt_compile(*arguments: str) -> list[Any]:
            results = invoke(runner, "compile", "--no-introspect", *arguments).results
            return [result.node for result in results if result.node.resource_type == "model"]

        dbt_compile.manifest = manifest
        yield dbt_compile


def _named(node: Any) -> tuple[str, str]:
    """A model's schema-qualified name and its SQL."""
    return f"{node.schema}.{node.name}", node.compiled_code.replace('"laws".', "")


@pytest.fixture(scope="session")
def compile_models(dbt_compile: Callable) -> Callable:
    """A function: the (schema-qualified name, SQL) of each of the models named, in their order.

    Keyword arguments are variables of the models; with `incremental` the incremental models are
    compiled for a table that is there.
    """

    def compile_models(
        *selection: str, incremental: bool = False, **variables: str | int
    ) -> list[tuple[str, str]]:
        mode = () if incremental else ("--full-refresh",)
        nodes = dbt_compile("--vars", str(variables), *mode, "--select", *selection)
        return [_named(node) for node in nodes]

    compile_models.manifest = dbt_compile.manifest
    return compile_models


@pytest.fixture(scope="session")
def vendor_models(dbt_compile: Callable) -> Models:
    """The staging models of all vendors."""
    nodes = {node.unique_id: node for node in dbt_compile("--select", "staging.vendors")}
    order = TopologicalSorter({name: node.depends_on.nodes for name, node in nodes.items()})
    models: dict[str, list[tuple[str, str]]] = {}
    for name in order.static_order():
        if name in nodes:
            models.setdefault(nodes[name].fqn[3], []).append(_named(nodes[name]))
    return models


@pytest.fixture
def quick_time() -> Iterator[QuickTime]:
    """Connectors wait in a time that passes at once: give its `now` to the emulator."""
    with passing() as time:
        yield time
