"""The dbt tests of relationships, on real DuckDB: the ids of facts are in their dimensions."""

import pytest
from dbt.artifacts.schemas.results import NodeStatus
from dbt.artifacts.schemas.run import RunResult
from dbt.contracts.graph.nodes import GenericTestNode

from kits.small_company import AS_OF, build, change, settings
from orchestration.transform import Dbt, audit_error, dbt_vars

# By fact and column: the dimension that has a row for each value.
RELATIONS = {
    ("fct_lead", "channel"): "dim_channel",
    ("fct_lead", "owner_id"): "dim_manager",
    ("fct_deal", "owner_id_at_close"): "dim_manager",
    ("fct_call", "manager_id"): "dim_manager",
    ("fct_message", "manager_id"): "dim_manager",
    ("fct_task", "manager_id"): "dim_manager",
    ("fct_ad_spend", "channel"): "dim_channel",
    ("fct_order", "customer_id"): "dim_customer",
    ("fct_order", "lead_id"): "fct_lead",
    ("fct_order", "deal_id"): "fct_deal",
    ("fct_order_line", "product_id"): "dim_product",
    ("fct_fee", "product_id"): "dim_product",
    ("fct_stock_daily", "product_id"): "dim_product",
}


@pytest.fixture(scope="module")
def tests(parsed) -> dict[tuple[str, str], GenericTestNode]:
    """By fact and column: the test of a relationship."""
    return {
        (node.attached_node.rsplit(".", 1)[-1], node.column_name): node
        for node in parsed.nodes.values()
        if isinstance(node, GenericTestNode)
        and node.test_metadata.name == "relationships"
        and node.attached_node.startswith("model.voronka.fct_")
    }


@pytest.fixture(scope="module")
def dbt(parsed_once, tmp_path_factory):
    """dbt over a small company that is whole until a test breaks it."""
    home = build(tmp_path_factory.mktemp("home"), marts=True)
    return home, Dbt(home, settings().limits)


def _run(dbt: Dbt, tests: dict[tuple[str, str], GenericTestNode]) -> list[RunResult]:
    names = [node.name for node in tests.values()]
    only = ("--indirect-selection", "empty", "--select", *names)
    return dbt.build(dbt_vars(settings(), AS_OF), *only)


def _of_tests(results: list[RunResult]) -> dict[str, NodeStatus]:
    """The status of each test by its name, without dbt's hooks."""
    return {
        result.node.name: result.status
        for result in results
        if isinstance(result.node, GenericTestNode)
    }


def test_every_relationship_is_stated(tests):
    stated = {key: node.depends_on.nodes for key, node in tests.items()}
    assert stated.keys() == RELATIONS.keys()
    for key, dimension in RELATIONS.items():
        assert f"model.voronka.{dimension}" in stated[key]


def test_an_id_that_its_dimension_lacks_stops_the_night(dbt, tests):
    home, project = dbt
    results = _run(project, tests)
    assert _of_tests(results) == {node.name: NodeStatus.Pass for node in tests.values()}
    assert audit_error(results) is None
    for fact, column in RELATIONS:
        change(home, f"update marts.{fact} set {column} = 'ghost' where rowid < 2")
    results = _run(project, tests)
    assert _of_tests(results) == {node.name: NodeStatus.Fail for node in tests.values()}
    sentence = str(audit_error(results))
    for node in tests.values():
        assert f"dbt test {node.name} failed: 2 rows break it" in sentence
