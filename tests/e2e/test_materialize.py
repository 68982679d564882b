"""Parts of the night, as the UI's button Materialize starts them: a model by itself, a test by
itself, and never a publication of anything that the run has not built and audited in whole."""

from collections.abc import Callable, Iterable

import duckdb
import pytest
from dagster import AssetCheckKey, AssetKey, AssetSelection, ExecuteInProcessResult

from kits.published import fingerprints
from kits.shop import Company
from orchestration.assembly import build_definitions
from orchestration.core.home import Home
from orchestration.instance import open_instance
from orchestration.resources import Night
from orchestration.settings import load_settings

MART = AssetKey(["marts", "mart_funnel_period"])
Materialize = Callable[..., ExecuteInProcessResult]


@pytest.fixture(scope="module")
def company(tmp_path_factory, open_shop) -> Company:
    return open_shop(tmp_path_factory.mktemp("materialize") / "shop")


@pytest.fixture
def materialize(company: Company) -> Materialize:
    """A function: a run of the chosen assets and checks, as a process of its own would see it."""

    def materialize(
        assets: Iterable[AssetKey], checks: Iterable[AssetCheckKey] | None = None
    ) -> ExecuteInProcessResult:
        home = Home(company.home)
        night = Night(load_settings(company.folder / "voronka.toml"), home)
        definitions = build_definitions(night, home.locked)
        job = definitions.resolve_implicit_global_asset_job_def()
        selection = AssetSelection.assets(*assets)
        if checks is not None:
            selection = selection.without_checks() | AssetSelection.checks(*checks)
        graph = definitions.resolve_asset_graph()
        with open_instance(home) as instance:
            return job.get_subset(
                asset_selection=selection.resolve(graph),
                asset_check_selection=selection.resolve_checks(graph),
            ).execute_in_process(instance=instance, raise_on_error=False)

    return materialize


@pytest.fixture
def by_hand(company: Company) -> Callable[[str], None]:
    """A function: run a statement in the private warehouse."""

    def by_hand(statement: str) -> None:
        with duckdb.connect(company.home / "warehouse.duckdb") as warehouse:
            warehouse.execute(statement)

    return by_hand


def published_keys(company: Company) -> list[AssetKey]:
    return [
        AssetKey(["published", table]) for table in [*fingerprints(company.marts), "publication"]
    ]


def built(result: ExecuteInProcessResult) -> set[AssetKey]:
    return {event.asset_key for event in result.get_asset_materialization_events()}


def checked(result: ExecuteInProcessResult) -> set[AssetCheckKey]:
    return {found.asset_check_key for found in result.get_asset_check_evaluations()}


def told(result: ExecuteInProcessResult) -> str:
    return str([event.event_specific_data for event in result.all_events if event.is_failure])


def test_one_mart_is_built_alone_with_its_own_tests(company, materialize, by_hand):
    by_hand("delete from marts.mart_funnel_period")
    by_hand("delete from marts.fct_deal where deal_id = '4'")
    result = materialize([MART])
    assert result.success, told(result)
    assert built(result) == {MART}
    # Its dbt test and its checks of gate 2.
    assert {"exits_count_equals_facts"} < {key.name for key in checked(result)}
    assert {key.asset_key for key in checked(result)} == {MART}
    with duckdb.connect(company.home / "warehouse.duckdb") as warehouse:
        assert warehouse.execute("select count(*) from marts.mart_funnel_period").fetchone() != (0,)
        # Nothing else is built with it.
        assert warehouse.execute("select count(*) from marts.fct_deal").fetchone() == (3,)


def test_one_test_runs_alone(materialize):
    one = min(checked(materialize([MART])))
    result = materialize([], [one])
    assert result.success, told(result)
    assert built(result) == set()
    assert checked(result) == {one}


def test_a_mart_changed_by_hand_is_not_published(company, materialize, by_hand):
    before, current = fingerprints(company.marts), (company.home / "published").readlink()
    by_hand("update marts.mart_funnel_period set entries_count = entries_count + 1")
    alone = materialize(published_keys(company))
    with_a_mart = materialize([MART, *published_keys(company)])
    for result in (alone, with_a_mart):
        assert not result.success
        (failed,) = [event for event in result.all_events if event.is_step_failure]
        first_line = failed.step_failure_data.error.message.splitlines()[0]
        assert "publish: this run has not passed land crm, landing, gate 1 input" in first_line
        assert "run the whole job `nightly`" in told(result)
    assert "build models" in told(with_a_mart)
    assert fingerprints(company.marts) == before
    assert (company.home / "published").readlink() == current


def everything_but(left_out: set[AssetKey], company: Company) -> list[AssetKey]:
    home = Home(company.home)
    night = Night(load_settings(company.folder / "voronka.toml"), home)
    graph = build_definitions(night, home.locked).resolve_asset_graph()
    return [key for key in graph.get_all_asset_keys() if key not in left_out]


def test_all_but_one_model_is_not_published(company, materialize, by_hand):
    """The gates would pass: they do not ask about every column of every mart."""
    by_hand("update marts.dim_manager set name = 'Nobody'")
    result = materialize(everything_but({AssetKey(["marts", "dim_manager"])}, company))
    assert not result.success
    assert "this run has not passed build models, gate 2 marts (expected" in told(result)


def test_all_of_it_is_the_night(company, materialize):
    """Materialize all, in the UI, heals what was changed by hand."""
    before = fingerprints(company.marts)
    result = materialize(everything_but(set(), company))
    assert result.success, told(result)
    assert fingerprints(company.marts) == before
    lineages = {
        event.asset_key: event.materialization.metadata.get("dagster/column_lineage")
        for event in result.get_asset_materialization_events()
    }
    assert not [
        key for key in lineages if key.path[0] in ("intermediate", "marts") and not lineages[key]
    ]
    published = AssetKey(["published", "mart_funnel_period"])
    ends = read_from(lineages, published, "open_at_end_amount")
    assert (AssetKey(["marts", "fct_deal"]), "amount_base") in ends


def read_from(lineages: dict, key: AssetKey, column: str) -> set[tuple[AssetKey, str]]:
    """The columns that one is made of, however far back."""
    lineage = lineages.get(key)
    deps = lineage.value.deps_by_column.get(column, []) if lineage else []
    direct = {(dep.asset_key, dep.column_name) for dep in deps}
    return direct.union(*(read_from(lineages, *one) for one in direct))
