"""The grain of every model: stated once in its yml, and held by one generic dbt test."""

from collections import Counter

import pytest
from dbt.artifacts.schemas.results import NodeStatus
from dbt.contracts.graph.nodes import GenericTestNode

from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.core.project import DBT_PROJECT
from orchestration.transform import Dbt

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


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory) -> dict[str, NodeStatus]:
    """By model of MODELS: what the test of its grain said."""
    home = Home(tmp_path_factory.mktemp("home"))
    home.prepare()
    project = tmp_path_factory.mktemp("project")
    files = {"dbt_project.yml": "name: voronka\nprofile: voronka\n"}
    for name in ("profiles.yml", "tests/generic/unique_grain.sql"):
        files[name] = (DBT_PROJECT / name).read_text()
    stated = ["models:"]
    for model, (rows, _, nullable) in MODELS.items():
        files[f"models/{model}.sql"] = f"select * from (values {rows}) as rows (a, b)"
        arguments = f"{{columns: [a, b], nullable: [{nullable}]}}"
        stated.append(f"  - name: {model}")
        stated.append(f"    data_tests: [{{unique_grain: {{arguments: {arguments}}}}}]")
    files["models/models.yml"] = "\n".join(stated)
    for name, content in files.items():
        (project / name).parent.mkdir(exist_ok=True, parents=True)
        (project / name).write_text(content)
    results = Dbt(home, DuckDbLimits(), project=project).build({})
    return {
        result.node.attached_node.rsplit(".", 1)[-1]: result.status
        for result in results
        if result.node.resource_type.value == "test"
    }


@pytest.mark.parametrize("model", MODELS)
def test_two_rows_of_one_key_and_a_key_that_is_missing_fail(outcomes, model):
    _, holds, _ = MODELS[model]
    assert outcomes[model] == (NodeStatus.Pass if holds else NodeStatus.Fail)
