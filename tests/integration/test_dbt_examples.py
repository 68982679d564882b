"""The worked examples of the models: dbt unit tests, which the night leaves out."""

import json
import shutil
from pathlib import Path

import pytest
from dbt.artifacts.resources.types import NodeType
from dbt.artifacts.schemas.results import NodeStatus
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from kits.vendors import every_vendor
from orchestration.core.home import Home
from orchestration.core.project import DBT_PROJECT
from orchestration.dbt_sources import wiring


def test_every_worked_example_holds(
    demo_home: Home, parsed_vendors: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    # An example borrows the types of its inputs from a warehouse that has been built. It is run
    # beside a copy, under the same name, since views name the file they were made in.
    warehouse = tmp_path / demo_home.warehouse.name
    shutil.copy(demo_home.warehouse, warehouse)
    monkeypatch.setenv("VORONKA_WAREHOUSE", str(warehouse))
    folders = {
        "--project-dir": DBT_PROJECT,
        "--profiles-dir": DBT_PROJECT,
        "--target-path": tmp_path / "target",
        "--log-path": tmp_path / "logs",
    }
    where = [str(part) for option in folders.items() for part in option]
    variables = json.dumps(wiring(every_vendor()))
    outcome = dbtRunner(manifest=parsed_vendors).invoke(
        ["--quiet", "test", *where, "--select", "test_type:unit", "--vars", variables]
    )
    assert outcome.exception is None
    # The hook that a run starts with is among the results, too.
    results = [r for r in outcome.result if r.node.resource_type == NodeType.Unit]
    broken = {r.node.name: r.message for r in results if r.status != NodeStatus.Pass}
    assert broken == {}
    assert len(results) >= 30
