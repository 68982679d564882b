"""Parts of the night, as the UI's button Materialize starts them: a model by itself, a test by
itself, and never a publication of anything that the run has not built and audited in whole."""

from collections.abc import Callable

import duckdb
import pytest
from dagster import AssetCheckKey, AssetKey, AssetSelection, ExecuteInProcessResult

from kits.published import fingerprints, query
from kits.shop import Company
from orchestration.assembly import build_definitions
from orchestration.core.home import Home
from orchestration.instance import open_instance
from orchestration.resources import Night
from orchestration.settings import load_settings

pytestmark = pytest.mark.long

MART = AssetKey(["marts", "mart_funnel_period"])
GRAIN = AssetCheckKey(
    MART, "unique_grain_mart_funnel_period_pipeline_id__stage_id__period_grain__period_start"
)
PUBLISHED = AssetSelection.key_prefixes("published")

Materialize = Callable[[AssetSelection], ExecuteInProcessResult]


@pytest.fixture(scope="module")
def company(tmp_path_factory, open_shop) -> Company:
    return open_shop(tmp_path_factory.mktemp("materialize") / "shop")


@pytest.fixture
def materialize(company: Company) -> Materialize:
    """A function: a run of the chosen assets and checks that knows of no run before it."""

    def materialize(chosen: AssetSelection) -> ExecuteInProcessResult:
        home = Home(company.home)
        night = Night(load_settings(company.folder / "voronka.toml"), home)
        definitions = build_definitions(night, home.locked)
        graph = definitions.resolve_asset_graph()
        job = definitions.resolve_implicit_global_asset_job_def().get_subset(
            asset_selection=chosen.resolve(graph),
            asset_check_selection=chosen.resolve_checks(graph),
        )
        with open_instance(home) as instance:
            return job.execute_in_process(instance=instance, raise_on_error=False)

    return materialize


def by_hand(company: Company, statement: str) -> list[tuple]:
    """The rows of a statement that somebody runs in the private warehouse."""
    with duckdb.connect(company.home / "warehouse.duckdb") as warehouse:
        return warehouse.execute(statement).fetchall()


def built(result: ExecuteInProcessResult) -> set[AssetKey]:
    return {event.asset_key for event in result.get_asset_materialization_events()}


def checked(result: ExecuteInProcessResult) -> set[AssetCheckKey]:
    return {found.asset_check_key for found in result.get_asset_check_evaluations()}


def first_lines(result: ExecuteInProcessResult) -> list[str]:
    """What a person reads first of each step that failed."""
    failed = [event for event in result.all_events if event.is_step_failure]
    return [event.step_failure_data.error.message.splitlines()[0] for event in failed]


def test_one_mart_is_built_alone_with_its_own_checks(company, materialize):
    by_hand(company, "delete from marts.mart_funnel_period")
    by_hand(company, "delete from marts.fct_deal where deal_id = '4'")
    result = materialize(AssetSelection.assets(MART))
    assert result.success, first_lines(result)
    assert built(result) == {MART}
    assert {GRAIN, AssetCheckKey(MART, "exits_count_equals_facts")} < checked(result)
    assert {key.asset_key for key in checked(result)} == {MART}
    assert by_hand(company, "select count(*) > 0 from marts.mart_funnel_period") == [(True,)]
    assert by_hand(company, "select count(*) from marts.fct_deal") == [(3,)], "built, too"


def test_one_check_runs_alone(materialize):
    result = materialize(AssetSelection.checks(GRAIN))
    assert result.success, first_lines(result)
    assert built(result) == set()
    assert checked(result) == {GRAIN}


def test_a_mart_changed_by_hand_is_not_published(company, materialize):
    before, current = fingerprints(company.marts), (company.home / "published").readlink()
    by_hand(company, "update marts.mart_funnel_period set entries_count = entries_count + 1")
    alone = materialize(PUBLISHED)
    with_a_mart = materialize(PUBLISHED | AssetSelection.assets(["marts", "mart_call_daily"]))
    for result in (alone, with_a_mart):
        assert not result.success
        (line,) = first_lines(result)
        assert "publish: this run has not passed land crm, landing, gate 1 input" in line
        assert line.endswith("run the whole job `nightly`")
    assert fingerprints(company.marts) == before
    assert (company.home / "published").readlink() == current


def test_all_but_one_model_is_not_published(company, materialize):
    """The gates would pass: they do not ask about every column of every mart."""
    by_hand(company, "update marts.dim_manager set name = 'Nobody'")
    counted = counted_runs(company)
    result = materialize(AssetSelection.all() - AssetSelection.assets(["marts", "dim_manager"]))
    # What is not published is not compared with later.
    assert counted_runs(company) == counted
    (line,) = first_lines(result)
    assert "this run has not passed build models, gate 2 marts (expected" in line


def test_all_of_it_is_the_night(company, materialize):
    """It heals what was changed by hand, and shows where each column comes from."""
    before, counted = fingerprints(company.marts), counted_runs(company)
    result = materialize(AssetSelection.all())
    assert result.success, first_lines(result)
    # It has the as_of day of the night before, whose counts stay to compare with.
    assert counted_runs(company) == counted + 1
    assert fingerprints(company.marts) == before
    lineages = {
        event.asset_key: event.materialization.metadata.get("dagster/column_lineage")
        for event in result.get_asset_materialization_events()
    }
    modelled = [key for key in lineages if key.path[0] in ("intermediate", "marts")]
    assert [key for key in modelled if not lineages[key]] == []
    published = AssetKey(["published", "mart_funnel_period"])
    ends = read_from(lineages, published, "open_at_end_amount")
    assert (AssetKey(["marts", "fct_deal"]), "amount_base") in ends
    assert (AssetKey(["landing", "deals"]), "amount") in ends


def counted_runs(company) -> int:
    """Of how many runs the ledger has the rows that were landed."""
    sql = "select count(distinct run_id) from ledger.row_counts"
    ((runs,),) = query(company.home / "warehouse.duckdb", sql)
    return runs


def read_from(lineages: dict, key: AssetKey, column: str) -> set[tuple[AssetKey, str]]:
    """The columns that one is made of, however far back."""
    lineage = lineages.get(key)
    deps = lineage.value.deps_by_column.get(column, []) if lineage else []
    direct = {(dep.asset_key, dep.column_name) for dep in deps}
    return direct.union(*(read_from(lineages, *one) for one in direct))
