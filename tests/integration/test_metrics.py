"""bi/metrics, the dbt project of MetricFlow: it is up to date, dbt accepts it, and what is said to
add up over days does. `make metrics` compares the answers of MetricFlow with the marts."""

import pytest
from dbt.cli.main import dbtRunner

from orchestration import metric_docs
from orchestration.core.project import ROOT
from orchestration.kpis import registry

PROJECT = ROOT / "bi" / "metrics"


def test_the_metrics_are_those_of_the_registry():
    assert metric_docs.FILE.read_text(encoding="utf-8") == metric_docs.text(), "run `make docs`"


def test_dbt_accepts_the_metrics(tmp_path, monkeypatch):
    monkeypatch.setenv("VORONKA_PUBLISHED", str(tmp_path))
    folders = {"--target-path": tmp_path / "target", "--log-path": tmp_path / "logs"}
    where = [part for option, path in folders.items() for part in (option, str(path))]
    where += ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    done = dbtRunner().invoke(["--quiet", "parse", *where])
    assert done.success, done.exception
    assert "revenue" in {metric.name for metric in done.result.metrics.values()}


@pytest.fixture(scope="module")
def sums() -> dict[str, str]:
    """By column of mart_manager_kpi, the KPI that is a sum of days."""
    models = metric_docs.layer()["semantic_models"]
    [managers] = [model for model in models if model["name"] == "manager_days"]
    measured = {measure["expr"] for measure in managers["measures"]}
    columns = {kpi["column_name"]: kpi["kpi_id"] for kpi in registry()}
    return {column: columns[column] for column in measured}


def test_the_days_of_a_metric_add_up_to_its_months(published_marts, sums):
    differing = ", ".join(
        f"count(*) filter (where months.{column} is distinct from days.{column}) as {column}"
        for column in sums
    )
    added = ", ".join(f"sum({column}) as {column}" for column in sums)
    row = published_marts.execute(
        f"""
        with days as (
            select manager_id, date_trunc('month', period_start) as period_start, {added}
            from marts.mart_manager_kpi where period_grain = 'day' group by all
        )
        select {differing} from marts.mart_manager_kpi as months
        left join days using (manager_id, period_start)
        where period_grain = 'month'
        """
    ).fetchone()
    assert dict(zip(sums, row, strict=True)) == dict.fromkeys(sums, 0)
