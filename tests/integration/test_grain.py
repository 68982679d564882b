"""The grain of every model: stated once in its yml, and held by one generic dbt test."""

from collections import Counter

import duckdb
import pytest
from dagster import AssetCheckSpec
from dbt.artifacts.schemas.results import NodeStatus
from dbt.artifacts.schemas.run import RunResult
from dbt.contracts.graph.nodes import GenericTestNode

from orchestration.assets.dbt_step import check_result, results_of_tests
from orchestration.assets.models import WITHOUT_GRAINS
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.core.project import DBT_PROJECT
from orchestration.transform import Dbt, audit_error

# By model: its rows, whether its grain holds, and which columns of (a, b) may be NULL.
MODELS = {
    "distinct_tuples": ("('x', 'y z'), ('x y', 'z'), ('x', 'y')", True, ""),
    "joined_strings_agree": ("('x y', 'z'), ('x', 'y z')", True, ""),
    "equal_tuples": ("('x', 'y'), ('x', 'y')", False, ""),
    "one_null_key": ("('x', null), ('x', 'y')", True, "b"),
    "equal_null_keys": ("('x', null), ('x', null)", False, "b"),
    "null_where_none_may_be": ("('x', null)", False, ""),
    "null_in_another_column": ("(null, 'x')", False, "b"),
}


def test_the_grain_of_every_model_and_seed_is_tested_once(parsed_vendors):
    # The keys of the entities are those of the contract: gate 1 asks for them (`key_unique`).
    tables = [
        key
        for key, node in parsed_vendors.nodes.items()
        if node.resource_type.value in ("model", "seed") and node.schema != "landing"
    ]
    tests = [node for node in parsed_vendors.nodes.values() if isinstance(node, GenericTestNode)]
    tested = {
        name: Counter(node.attached_node for node in tests if node.test_metadata.name == name)
        for name in ("unique_grain", "unique")
    }
    assert tested == {"unique_grain": Counter(tables), "unique": Counter()}


HOOKED = "models: {voronka: {+post-hook: '{{ hold_grain() }}'}}\n"
HOOKED += "seeds: {voronka: {+post-hook: '{{ hold_grain() }}', +schema: marts}}\n"


@pytest.fixture(scope="module")
def make_project(tmp_path_factory):
    """A function: the dbt project of MODELS and `others`, with this config, over a new home."""

    def make(config: str, others: dict[str, str]) -> tuple[Home, Dbt]:
        home = Home(tmp_path_factory.mktemp("home"))
        home.prepare()
        project = tmp_path_factory.mktemp("project")
        files = {"dbt_project.yml": f"name: voronka\nprofile: voronka\n{config}"}
        for name in (
            "profiles.yml",
            "tests/generic/unique_grain.sql",
            "macros/grain.sql",
            "macros/materializations.sql",
        ):
            files[name] = (DBT_PROJECT / name).read_text()
        stated = ["models:"]
        for model, (rows, _, nullable) in MODELS.items():
            files[f"models/{model}.sql"] = f"select * from (values {rows}) as rows (a, b)"
            arguments = f"{{columns: [a, b], nullable: [{nullable}]}}"
            stated.append(f"  - name: {model}")
            stated.append(f"    data_tests: [{{unique_grain: {{arguments: {arguments}}}}}]")
        files["models/models.yml"] = "\n".join(stated)
        for name, content in (files | others).items():
            (project / name).parent.mkdir(exist_ok=True, parents=True)
            (project / name).write_text(content)
        return home, Dbt(home, DuckDbLimits(), project=project)

    return make


@pytest.fixture(scope="module")
def outcomes(make_project) -> dict[str, NodeStatus]:
    """By model of MODELS: what the test of its grain said."""
    _, dbt = make_project("", {})
    return {
        result.node.attached_node.rsplit(".", 1)[-1]: result.status
        for result in dbt.build({})
        if result.node.resource_type.value == "test"
    }


@pytest.mark.parametrize("model", MODELS)
def test_two_rows_of_one_key_and_a_key_that_is_missing_fail(outcomes, model):
    _, holds, _ = MODELS[model]
    assert outcomes[model] == (NodeStatus.Pass if holds else NodeStatus.Fail)


@pytest.fixture(scope="module")
def made(make_project) -> dict[str, RunResult]:
    """By model of MODELS: what became of it where the hook holds its grain."""
    _, dbt = make_project(HOOKED, {})
    results = dbt.build({}, *WITHOUT_GRAINS)
    by_test = {
        dbt.manifest.nodes[test].attached_node.rsplit(".", 1)[-1]: result
        for test, result in results_of_tests(dbt, results).items()
    }
    assert by_test == {result.node.name: result for result in results}
    return by_test


@pytest.mark.parametrize("model", MODELS)
def test_the_hook_makes_what_the_test_passes_and_nothing_else(made, outcomes, model):
    assert made.keys() == MODELS.keys()
    passed = outcomes[model] == NodeStatus.Pass
    assert made[model].status == (NodeStatus.Success if passed else NodeStatus.Error)
    if not passed:
        assert "keys that break its grain (a, b): 1" in str(audit_error([made[model]]))


@pytest.mark.parametrize("model", MODELS)
def test_the_check_in_the_ui_says_what_the_hook_found(made, model):
    _, holds, _ = MODELS[model]
    shown = check_result(AssetCheckSpec("grain", asset=model, blocking=True), made[model])
    assert shown.passed == holds
    reason = shown.metadata.get("reason")
    assert holds if reason is None else "keys that break its grain (a, b): 1" in reason.value


PYTHON = """
import pandas

def model(dbt, session):
    dbt.config(materialized="table")
    return pandas.DataFrame({"a": ["x", "x"]})
"""
KINDS = {
    "models/a_table.sql": "{{ config(materialized='table') }} {ROWS}",
    "models/a_view.sql": "{{ config(materialized='view') }} {ROWS}",
    "models/an_increment.sql": "{{ config(materialized='incremental') }} {ROWS}",
    "models/a_script.py": PYTHON,
    "seeds/a_seed.csv": "a\nx\nx\n",
}


@pytest.mark.parametrize("path", KINDS)
def test_nothing_is_made_of_rows_that_break_their_grain_nor_of_what_reads_them(make_project, path):
    name = path.split("/")[1].split(".")[0]
    kind = path.split("/")[0]
    grain = "data_tests: [{unique_grain: {arguments: {columns: [a]}}}]"
    home, dbt = make_project(
        HOOKED,
        {
            path: KINDS[path].replace("{ROWS}", "select 'x' as a from range(2)"),
            "models/reader.sql": f"select * from {{{{ ref('{name}') }}}}",
            f"{kind}/others.yml": f"{kind}:\n  - name: {name}\n    {grain}",
        },
    )
    results = {
        result.node.name: result
        for result in dbt.build({}, "--select", f"{name}+", *WITHOUT_GRAINS)
    }
    assert {one: result.status for one, result in results.items()} == {
        name: NodeStatus.Error,
        "reader": NodeStatus.Skipped,
    }
    assert "keys that break its grain (a): 1" in str(audit_error([results[name]]))
    with duckdb.connect(home.warehouse) as warehouse:
        made = "select table_name from information_schema.tables where table_schema = 'marts'"
        # The table of a Python model is made on another connection before its hook runs.
        assert warehouse.sql(made).fetchall() == ([(name,)] if name == "a_script" else [])
