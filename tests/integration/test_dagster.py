"""The code location: every table is an asset, lineage is whole, one job, one schedule, one lock."""

from datetime import timedelta
from pathlib import Path

import pytest
from dagster import (
    AssetKey,
    DagsterRunStatus,
    Definitions,
    RunsFilter,
    build_sensor_context,
)

from orchestration.assembly import build_definitions
from orchestration.core.entities import ENTITIES
from orchestration.core.home import Home
from orchestration.instance import COMMAND_LINE, forget_crashed_runs, open_instance
from orchestration.resources import Night
from orchestration.schedules import nightly_schedule
from orchestration.settings import DEMO_CONFIG, Schedule, load_settings
from orchestration.sources.demo.config import MADE


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Home:
    home = Home(tmp_path_factory.mktemp("home"))
    home.prepare()
    return home


@pytest.fixture(scope="module")
def definitions(home, parsed_once: None) -> Definitions:
    return build_definitions(Night(load_settings(DEMO_CONFIG), home), home.locked)


@pytest.fixture(scope="module")
def graph(definitions):
    Definitions.validate_loadable(definitions)
    return definitions.resolve_asset_graph()


def layer(graph, name: str) -> set[str]:
    return {key.path[-1] for key in graph.get_all_asset_keys() if key.path[0] == name}


def test_every_layer_is_there(graph):
    assert {key.path[0] for key in graph.get_all_asset_keys()} == {
        *("raw", "landing", "ledger", "identity", "seeds"),
        *("staging", "intermediate", "marts", "published", "report"),
    }
    assert layer(graph, "raw") == set(MADE)
    assert layer(graph, "landing") == set(ENTITIES)
    assert layer(graph, "published") == layer(graph, "marts") | {"publication"}
    assert {"fct_deal", "mart_funnel_stage", "mart_completeness"} <= layer(graph, "marts")


def test_every_asset_says_what_it_is(graph):
    for key in graph.get_all_asset_keys():
        asset = graph.get(key)
        assert asset.description, key
        assert asset.group_name not in (None, "default"), key
        assert asset.kinds, key
        assert asset.is_executable, key
        if key.path[0] in ("raw", "marts", "published") and key.path[-1] != "publication":
            assert asset.metadata["dagster/column_schema"].columns, key


def test_every_model_leads_to_its_file(graph):
    layers = {"landing", "staging", "intermediate", "marts"}
    seen = set()
    for key in graph.get_all_asset_keys():
        metadata = graph.get(key).metadata
        assert "docs" not in metadata, key
        if key.path[0] in layers:
            (reference,) = metadata["dagster/code_references"].code_references
            assert Path(reference.file_path).is_file(), key
            seen.add(key.path[0])
    assert seen == layers


def test_tables_link_to_the_docs_site_where_it_is_served(home, parsed_once):
    settings = load_settings(DEMO_CONFIG)
    business = settings.business.model_copy(update={"docs_url": "https://docs.example/voronka/"})
    settings = settings.model_copy(update={"business": business})
    graph = build_definitions(Night(settings, home), home.locked).resolve_asset_graph()

    def link(*path: str) -> str:
        return graph.get(AssetKey([*path])).metadata["docs"].value

    page = "https://docs.example/voronka/reference/tables/mart_funnel_stage.html"
    assert link("marts", "mart_funnel_stage") == link("published", "mart_funnel_stage") == page
    model = "https://docs.example/voronka/dbt.html#!/model/model.voronka.int_findings__windows"
    assert link("intermediate", "int_findings__windows") == model
    for name in layer(graph, "marts"):
        if name != "checks":
            assert link("marts", name).endswith(f"/reference/tables/{name}.html")


def test_published_tables_have_an_owner_and_a_freshness_policy(graph):
    for key in graph.get_all_asset_keys():
        asset = graph.get(key)
        if key.path[0] in ("marts", "published") and key.path[-1] != "publication":
            assert asset.owners, key
        if key.path[0] == "published":
            assert asset.freshness_policy.warn_window.to_timedelta() == timedelta(hours=26), key
            assert asset.freshness_policy.fail_window.to_timedelta() == timedelta(hours=50), key


def test_lineage_is_whole_from_raw_to_published(graph):
    for key in graph.get_all_asset_keys():
        parents = {parent.path[0] for parent in graph.get(key).parent_keys}
        match key.path[0]:
            case "raw" | "seeds":
                assert parents == set(), key
            case "landing" | "ledger":
                assert parents <= {"raw", "marts"}, key
                assert parents or key.path[-1] in ENTITIES.keys() - set(MADE), key
            case "staging" if key.path[-1].startswith("stg_config__"):
                assert parents == set(), key
            # Its months are counted back from the as_of day: it reads no table.
            case "intermediate" if key.path[-1] == "int_findings__windows":
                assert parents == set(), key
            case "published":
                assert parents == {"marts"}, key
            case _:
                assert parents, key
    upstream = ancestors(graph, AssetKey(["published", "mart_funnel_stage"]))
    assert AssetKey(["raw", "demo", "deals"]) in upstream
    assert AssetKey(["raw", "demo", "leads"]) in upstream


def ancestors(graph, key: AssetKey) -> set[AssetKey]:
    parents = set(graph.get(key).parent_keys)
    return parents.union(*(ancestors(graph, parent) for parent in parents))


def test_the_gates_block_later_steps(graph):
    checks = {(key.asset_key.path[0], key.name): graph.get(key) for key in graph.asset_check_keys}
    assert checks["landing", "key_unique"].blocking
    assert any(layer == "marts" and check.blocking for (layer, _), check in checks.items())


def test_the_home_is_the_only_lock(definitions, home):
    job = definitions.resolve_job_def("nightly")
    assert {node.name: node.definition.pool for node in job.nodes} == dict.fromkeys(
        [
            *("land_demo", "landing", "gate_1_input", "normalise_identifiers"),
            *("build_models", "gate_2_marts", "build_quality", "publish", "report"),
        ]
    )
    with open_instance(home) as instance:
        assert not instance.telemetry_enabled


def test_one_job_and_one_schedule_at_three_in_the_business_zone(definitions):
    assert [job.name for job in definitions.jobs] == ["nightly"]
    schedule = definitions.resolve_schedule_def("nightly")
    assert schedule.cron_schedule == "0 3 * * *"
    assert schedule.execution_timezone == "Europe/Moscow"
    assert schedule.job.name == "nightly"
    other = load_settings(DEMO_CONFIG).model_copy(update={"schedule": Schedule(hour=5)})
    assert nightly_schedule(other).cron_schedule == "0 5 * * *"


def test_a_run_of_the_ui_says_that_another_is_at_work(definitions, home):
    job = definitions.resolve_job_def("nightly")
    with home.locked(), open_instance(home) as instance:
        result = job.execute_in_process(instance=instance, raise_on_error=False)
    assert not result.success
    assert "another run is active" in str(
        [event.event_specific_data for event in result.all_events]
    )


def test_published_alone_publishes_nothing(definitions, graph, home):
    """As the button Materialize on it does, whatever the marts hold."""
    published = [key for key in graph.get_all_asset_keys() if key.path[0] == "published"]
    job = definitions.resolve_implicit_global_asset_job_def()
    with open_instance(home) as instance:
        result = job.execute_in_process(
            instance=instance, asset_selection=published, raise_on_error=False
        )
        # The UI shows a run of its own location only: by its origin, and by its tag.
        label = {".dagster/repository": "__repository__@orchestration.definitions"}
        (placed,) = instance.get_runs(RunsFilter(run_ids=[result.run_id], tags=label))
    assert placed.remote_job_origin.location_name == "orchestration.definitions"
    assert placed.remote_job_origin.job_name == job.name
    assert not result.success
    told = str([event.event_specific_data for event in result.all_events])
    assert "this run has not passed land demo, landing, gate 1 input" in told
    assert not home.published.exists()


def test_a_run_that_died_is_forgotten(definitions, home):
    job = definitions.resolve_job_def("nightly")
    with open_instance(home) as instance:
        died = instance.create_run_for_job(job, status=DagsterRunStatus.STARTED)
        forget_crashed_runs(instance, "the run at work")
        assert instance.get_run_by_id(died.run_id).status == DagsterRunStatus.FAILURE


def test_a_night_that_died_does_not_block_the_queue(definitions, home):
    """The sensor of the UI marks it as failed once the home is free, and no run of the UI."""
    job = definitions.resolve_job_def("nightly")
    sensor = definitions.resolve_sensor_def("crashed_runs")
    with open_instance(home) as instance:
        assert instance.get_concurrency_config().run_queue_config.max_concurrent_runs == 1
        started = {"status": DagsterRunStatus.STARTED}
        night = instance.create_run_for_job(job, tags=COMMAND_LINE, **started).run_id
        other = instance.create_run_for_job(job, **started).run_id
        with home.locked():
            sensor(build_sensor_context(instance=instance))
            assert instance.get_run_by_id(night).status == DagsterRunStatus.STARTED
        sensor(build_sensor_context(instance=instance))
        assert instance.get_run_by_id(night).status == DagsterRunStatus.FAILURE
        assert instance.get_run_by_id(other).status == DagsterRunStatus.STARTED
