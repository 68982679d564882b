"""The demo company, landed and modelled once per run: what the tests of the star and the marts
count again by a second way. The models as plain SQL, to be run over tables of a test's own.

Workers that share a run share the demo company and the parsed models too: whoever needs them first
makes them, under a lock.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from filelock import FileLock

import kits.parses
import kits.profiles  # hypothesis learns the profiles
from kits.vendors import Models, every_vendor, passing
from orchestration.assets.models import CAUTIOUS, INPUT_MODELS, WITHOUT_GRAINS
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.core.project import DBT_PROJECT
from orchestration.core.warehouse import expect, open_warehouse, prepare_warehouse, record_days_off
from orchestration.days_off import days_off
from orchestration.dbt_sources import wiring
from orchestration.emulators.clock import QuickTime
from orchestration.publish import publish
from orchestration.recipe import incremental_models
from orchestration.settings import DEMO_CONFIG, load_settings
from orchestration.sources import raw
from orchestration.sources.identity import normalise_identifiers
from orchestration.sources.landing import land
from orchestration.transform import Dbt, audit_error, dbt_vars

# Its cases are tests of the modules that inherit them.
pytest.register_assert_rewrite("kits.crm", "kits.crm_cases")

# The modules that take longest, the longest first: begun early, none is left over at the end for
# one worker alone. The first of them makes the demo company, which many of the others wait for.
_LONG = (
    *("test_kpis", "test_real_data", "test_bad_input", "test_vendor_parity", "test_demo_vendors"),
    *("test_night", "test_vendor", "test_wheel", "test_materialize", "test_hubspot"),
    *("test_amocrm", "test_bitrix24", "test_backfill", "test_night_laws", "test_dbt_examples"),
    *("test_mango", "test_yandex_direct", "test_google_ads", "test_uis", "test_aircall"),
    *("test_twilio", "test_meta", "test_clients_and_channels", "test_stories"),
    *("test_failing_vendors", "test_incremental_laws", "test_mart_manager", "test_manager_laws"),
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    rank = {name: place for place, name in enumerate(_LONG)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(rank)))


@pytest.fixture(scope="session")
def hash_key() -> str:
    """The key that the demo company's customer ids are hashed with."""
    return "a key for tests"


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A folder that all workers of this run see."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if hasattr(request.config, "workerinput") else base


@pytest.fixture(scope="session")
def parsed(shared: Path) -> Manifest:
    """The dbt project, parsed: by the first worker in full, from what it kept by the others."""
    home = Home(shared / "parsed")
    home.prepare()
    with FileLock(home.root / "lock"):
        return Dbt(home, DuckDbLimits()).manifest


@pytest.fixture(scope="session")
def parsed_vendors(shared: Path) -> Manifest:
    """The dbt project of a company with an account with each vendor, named as its vendor is."""
    home = Home(shared / "parsed_vendors")
    home.prepare()
    with FileLock(home.root / "lock"):
        return Dbt(home, DuckDbLimits(), every_vendor()).manifest


@pytest.fixture(scope="session")
def manifest_content(parsed: Manifest) -> Mapping[str, Any]:
    """The parsed project as plain dicts and lists."""
    return parsed.writable_manifest().to_dict(omit_none=False)


@pytest.fixture(scope="session")
def parses(
    parsed: Manifest, manifest_content: Mapping[str, Any]
) -> tuple[dict[str, Manifest], dict[str, Mapping[str, Any]]]:
    """The parsed projects that this process has, and their contents, by their wiring as JSON."""
    demo = json.dumps(wiring(load_settings(DEMO_CONFIG).sources))
    return {"{}": parsed, demo: parsed}, {"{}": manifest_content, demo: manifest_content}


@pytest.fixture(scope="module")
def parsed_once(parses: tuple[dict[str, Any], dict[str, Any]]) -> Iterator[None]:
    """All homes with the same sources share one parse of the models. A command that is a process
    of its own parses for itself."""
    with kits.parses.parsed_once(*parses):
        yield


@pytest.fixture(autouse=True, scope="session")
def compiled_once() -> Iterator[None]:
    """dbt compiles each Jinja template once in this process."""
    with kits.parses.compiled_once():
        yield


@pytest.fixture(scope="session")
def demo_home(shared: Path, parsed: Manifest, hash_key: str) -> Home:
    """A home whose warehouse holds the whole demo company, every model but the quality marts, and
    whose marts are published. To be read only."""
    home = Home(shared / "demo")
    home.prepare()
    built = home.root / "built"
    with FileLock(home.root / "lock"):
        if not built.exists():
            _build_demo(home, parsed, hash_key)
            built.touch()
    return home


def _build_demo(home: Home, parsed: Manifest, hash_key: str) -> None:
    settings = load_settings(DEMO_CONFIG)
    as_of = settings.business.as_of
    with open_warehouse(home, settings.limits) as connection:
        prepare_warehouse(connection, "test", as_of, hash_key)
        expect(connection, {name: one.delivers for name, one in settings.sources.items()})
        record_days_off(connection, days_off(settings.business.country, None, as_of.year))
    land("demo", settings.sources["demo"], home, settings.limits, Path(), as_of)
    with open_warehouse(home, settings.limits) as connection:
        raw.complete(connection, settings.sources)
    dbt = Dbt(home, settings.limits)
    dbt.manifest = parsed

    def build(*selection: str) -> None:
        arguments = (*selection, *CAUTIOUS, *WITHOUT_GRAINS)
        if failed := audit_error(dbt.build(dbt_vars(settings, as_of), *arguments)):
            raise failed

    build("--select", *INPUT_MODELS)
    with open_warehouse(home, settings.limits) as connection:
        normalise_identifiers(connection, settings.business.country)
    build("--exclude", "marts.quality", *INPUT_MODELS)
    with open_warehouse(home, settings.limits) as connection:
        tables = [
            table
            for (table,) in connection.execute(
                "select table_name from duckdb_tables() where schema_name = 'marts' order by 1"
            ).fetchall()
        ]
    publish(home, settings.limits, "test", as_of, tables)


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


def _compiler(home: Home, manifest: Manifest, variables: Mapping[str, Any]) -> Callable:
    """A function: the compiled models that dbt arguments select, in the order they build on each
    other. Keyword arguments are variables of the models."""
    where = (
        *("--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)),
        *("--target-path", str(home.root / "target"), "--log-path", str(home.root)),
    )
    runner = dbtRunner(manifest=manifest)
    # An incremental model is compiled as one where its table is there; nobody looks into it.
    with duckdb.connect(home.warehouse) as warehouse:
        for node in map(manifest.nodes.get, incremental_models(manifest)):
            warehouse.execute(f"create schema if not exists {node.schema}")
            warehouse.execute(f"create table {node.schema}.{node.name} (nothing integer)")

    def compiled(*arguments: str, **given: str | int) -> list[Any]:
        command = ["--quiet", "compile", *where, "--no-introspect", "--no-write-json", *arguments]
        command += ["--vars", json.dumps({**variables, **given})]
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("VORONKA_WAREHOUSE", str(home.warehouse))
            done = runner.invoke(command)
        assert done.success, done.exception
        results = done.result.results
        return [result.node for result in results if result.node.resource_type == "model"]

    return compiled


def _named(node: Any) -> tuple[str, str]:
    """A model's schema-qualified name and its SQL."""
    return f"{node.schema}.{node.alias}", node.compiled_code.replace('"warehouse".', "")


def _between(manifest: Manifest, given: set[str], wanted: Iterable[str]) -> list[str]:
    """The names of the models that are wanted, and of all that they read as far as those given."""
    models = {key: node for key, node in manifest.nodes.items() if node.resource_type == "model"}
    names = {node.name: key for key, node in models.items()}
    found: dict[str, None] = {}
    waiting = [names[name] for name in wanted]
    while waiting:
        node = models[waiting.pop()]
        if node.name not in found:
            found[node.name] = None
            read = (key for key in node.depends_on.nodes if key in models)
            waiting += [key for key in read if not _is_given(models[key], given)]
    return [*found]


def _is_given(node: Any, given: set[str]) -> bool:
    """Whether a test fills the table itself, as all do of the entities."""
    return node.name in given or node.schema == "landing"


@pytest.fixture(scope="session")
def compile_models(tmp_path_factory: pytest.TempPathFactory, parsed: Manifest) -> Callable:
    """A function: the (schema-qualified name, SQL) of each of the models named, in their order.

    With `given`, the names of tables that a test fills itself, also of all models between those
    tables and the models named: a test names what it gives and what it asks for. With `incremental`
    the incremental models are compiled for a table that is there. Other keyword arguments are
    variables of the models.
    """
    compiled = _compiler(Home(tmp_path_factory.mktemp("compiled")), parsed, {})

    def compile_models(
        *selection: str,
        given: Iterable[str] | None = None,
        incremental: bool = False,
        **variables: str | int,
    ) -> list[tuple[str, str]]:
        mode = () if incremental else ("--full-refresh",)
        if given is not None:
            selection = _between(parsed, {name.split(".")[-1] for name in given}, selection)
        return [_named(node) for node in compiled(*mode, "--select", *selection, **variables)]

    compile_models.manifest = parsed
    return compile_models


@pytest.fixture(scope="session")
def vendor_models(tmp_path_factory: pytest.TempPathFactory, parsed_vendors: Manifest) -> Models:
    """The staging models of all vendors."""
    home = Home(tmp_path_factory.mktemp("compiled_vendors"))
    compiled = _compiler(home, parsed_vendors, wiring(every_vendor()))
    nodes = {node.unique_id: node for node in compiled("--select", "staging.vendors")}
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
