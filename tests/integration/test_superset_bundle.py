"""The Superset dashboard in bi/superset fits the marts: what it asks for is there."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import yaml

BUNDLE = Path(__file__).resolve().parents[2] / "bi" / "superset"


def _parts(folder: str) -> dict[str, Any]:
    files = sorted((BUNDLE / folder).rglob("*.yaml"))
    return {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in files}


DATASETS, CHARTS = _parts("datasets"), _parts("charts")
(DASHBOARD,), (DATABASE,) = _parts("dashboards").values(), _parts("databases").values()
BY_UUID = {dataset["uuid"]: dataset for dataset in DATASETS.values()}


def _columns(dataset: dict[str, Any]) -> list[str]:
    return [column["column_name"] for column in dataset["columns"]]


def _metrics(dataset: dict[str, Any]) -> dict[str, str]:
    return {metric["metric_name"]: metric["expression"] for metric in dataset["metrics"]}


@pytest.mark.parametrize("name", DATASETS)
def test_a_dataset_returns_its_columns_and_metrics(published_marts, name):
    dataset = DATASETS[name]
    rows = published_marts.sql(dataset["sql"])
    assert rows.columns == _columns(dataset)
    assert rows.fetchone() is not None
    for metric, expression in _metrics(dataset).items():
        ((value,),) = rows.aggregate(expression).fetchall()
        assert value is not None, metric


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_asks_for_what_its_dataset_has(name):
    chart = CHARTS[name]
    dataset, params = BY_UUID[chart["dataset_uuid"]], chart["params"]
    assert params["viz_type"] == chart["viz_type"]
    columns = {
        *params.get("groupby", []),
        *params.get("all_columns", []),
        *params.get("column_config", []),
        *(json.loads(order)[0] for order in params.get("order_by_cols", [])),
        *(given["subject"] for given in params.get("adhoc_filters", [])),
        *([params["x_axis"]] if "x_axis" in params else []),
    }
    metrics = {
        *params.get("metrics", []),
        *(params[key] for key in ("metric", "timeseries_limit_metric") if key in params),
    }
    assert columns | metrics
    assert columns <= set(_columns(dataset))
    assert metrics <= _metrics(dataset).keys()


def test_the_dashboard_shows_every_chart_and_its_filter_is_for_the_funnel():
    shown = {
        one["meta"]["uuid"]: one["meta"]["chartId"]
        for one in DASHBOARD["position"].values()
        if isinstance(one, dict) and one["type"] == "CHART"
    }
    assert shown.keys() == {chart["uuid"] for chart in CHARTS.values()}
    (pipeline,) = DASHBOARD["metadata"]["native_filter_configuration"]
    (target,) = pipeline["targets"]
    assert target["column"]["name"] in _columns(BY_UUID[target["datasetUuid"]])
    others = [
        shown[chart["uuid"]]
        for chart in CHARTS.values()
        if chart["dataset_uuid"] != target["datasetUuid"]
    ]
    assert sorted(pipeline["scope"]["excluded"]) == sorted(others)


def test_the_connection_only_reads_and_opens_no_other_file():
    given = DATABASE["extra"]["engine_params"]["connect_args"]
    assert given["read_only"] is True
    assert given["config"] == {"enable_external_access": False, "lock_configuration": True}
    assert {dataset["database_uuid"] for dataset in DATASETS.values()} == {DATABASE["uuid"]}


def test_the_bundle_opens_the_published_file_of_a_home(tmp_path):
    """By the path of the link, which leads to another folder each night."""
    home, target = tmp_path / "the home", tmp_path / "dashboard.zip"
    (home / "publications" / "a night").mkdir(parents=True)
    (home / "published").symlink_to("publications/a night")
    subprocess.run(
        [sys.executable, BUNDLE / "bundle.py", "--home", home, "--to", target], check=True
    )
    with ZipFile(target) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    there = {f"voronka/{file.relative_to(BUNDLE)}" for file in BUNDLE.rglob("*.yaml")}
    assert texts.keys() == there
    database = yaml.safe_load(texts["voronka/databases/Voronka.yaml"])
    assert database == {**DATABASE, "sqlalchemy_uri": f"duckdb:///{home}/published/marts.duckdb"}
