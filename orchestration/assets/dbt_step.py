"""One step of dbt: builds models, runs their tests and reports each result."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetsDefinition,
    AssetSpec,
    MaterializeResult,
    ResourceParam,
    TableColumn,
    TableColumnDep,
    TableSchema,
    multi_asset,
)
from dbt.artifacts.resources.types import NodeType
from dbt.artifacts.schemas.results import RunStatus, TestStatus
from dbt.artifacts.schemas.run import RunResult
from dbt.contracts.graph.nodes import ModelNode, SeedNode

from orchestration.assets.lineage import KeptLineage, Table, fitted
from orchestration.assets.tables import table_of
from orchestration.core.catalog import column_types, row_counts
from orchestration.core.errors import ConfigError
from orchestration.core.warehouse import open_warehouse
from orchestration.recipe import incremental_models
from orchestration.resources import Night
from orchestration.transform import Dbt, audit_error, dbt_vars, grain_tests


def dbt_step(
    dbt: Dbt,
    name: str,
    specs: Sequence[AssetSpec],
    all_checks: Mapping[str, AssetCheckSpec],
    selection: Sequence[str],
    before: Callable[[Night], None] = lambda night: None,
    of_engine: bool = False,
) -> AssetsDefinition:
    """One step that builds the models of `specs` and runs their tests: all that the dbt arguments
    `selection` choose, or the part that a user selects in the UI. `of_engine`: by the engine of the
    config instead of by DuckDB."""
    keys = {spec.key for spec in specs}
    stored = incremental_models(dbt.manifest)
    incremental = any(spec.metadata.get("dagster_dbt/unique_id") in stored for spec in specs)
    checks = {test: check for test, check in all_checks.items() if check.asset_key in keys}

    @multi_asset(name=name, specs=specs, check_specs=list(checks.values()), can_subset=True)
    def build(
        context: AssetExecutionContext, night: ResourceParam[Night]
    ) -> Iterator[MaterializeResult[None] | AssetCheckResult]:
        asked = [spec for spec in specs if spec.key in context.selected_asset_keys]
        asked_checks = {
            test: check
            for test, check in checks.items()
            if check.key in context.selected_asset_check_keys
        }
        whole = len(asked) == len(specs) and len(asked_checks) == len(checks)
        chosen = selection if whole else _only(dbt, asked, asked_checks)
        with night.op_step(name.replace("_", " ")) as step:
            step.whole = whole
            before(night)
            results: list[RunResult] = []
            if chosen and of_engine and night.settings.models.engine == "spark":
                results = _built_by_spark(dbt, night, chosen)
            elif chosen:
                results = dbt.build(
                    dbt_vars(night.settings, night.day),
                    *chosen,
                    full_refresh=night.full_refresh,
                    incremental=incremental,
                    on_node=night.progress.started,
                )
            built = {
                (result.node.schema, result.node.alias): result
                for result in results
                if result.status == RunStatus.Success
                and isinstance(result.node, ModelNode | SeedNode)
            }
            tested = results_of_tests(dbt, results)
            step.note = _note(results, tested)
            specs_of = {table_of(spec): spec for spec in asked}
            with open_warehouse(night.home, night.settings.limits) as connection:
                # The ledger's table, and those built, in the order they were.
                there = [table for table in specs_of if table[0] == "ledger"] + list(built)
                counted, types = row_counts(connection, there), column_types(connection)
            shown = "landing" if name == "landing" else "marts"
            step.rows = sum(rows for (schema, _), rows in counted.items() if schema == shown)
            lineage = KeptLineage(night.home.state / f"lineage_{name}.json")
            for table, rows in counted.items():
                metadata = {"dagster/row_count": rows}
                if result := built.get(table):
                    metadata |= _metadata(specs_of[table], types, result, lineage)
                yield MaterializeResult(asset_key=list(table), metadata=metadata)
            lineage.write(whole)
            for test, result in tested.items():
                if check := asked_checks.get(test):
                    yield check_result(check, result)
            if error := audit_error(results):
                raise error
            mine = [table for schema, table in built if schema == "marts"]
            night.audit.seal(night.home, night.settings.limits, mine)

    return build


def _built_by_spark(dbt: Dbt, night: Night, chosen: Sequence[str]) -> list[RunResult]:
    try:
        # An extra: who computes with DuckDB has no Spark.
        from orchestration.spark.models import SparkModels
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"models.engine is spark, and the library {error.name} is not installed: run"
            " `pip install 'voronka[spark]'`"
        ) from None
    spark = SparkModels(dbt, night.home, night.settings)
    return spark.build(dbt_vars(night.settings, night.day), *chosen, on_node=night.progress.started)


def _only(
    dbt: Dbt, specs: Sequence[AssetSpec], checks: Mapping[str, AssetCheckSpec]
) -> tuple[str, ...]:
    """The dbt arguments that select these models and tests and no others; none select nothing."""
    # Ledger tables that the run and the gates write are not models.
    models = [
        spec.metadata["dagster_dbt/unique_id"] for spec in specs if spec.key.path[0] != "ledger"
    ]
    nodes = dbt.manifest_content["nodes"]
    names = [f"fqn:{nodes[node]['name']}" for node in (*models, *checks)]
    return ("--indirect-selection", "empty", "--select", *names) if names else ()


def _metadata(
    spec: AssetSpec,
    types: Mapping[Table, Mapping[str, str]],
    result: RunResult,
    kept: KeptLineage,
) -> dict[str, Any]:
    """The metadata that the UI shows of a table just built. `types`: those of every table."""
    keys = [(dep.asset_key.path[0], dep.asset_key.path[-1]) for dep in spec.deps]
    parents = {key: types[key] for key in keys if key in types}
    # A seed has no code.
    if not (code := getattr(result.node, "compiled_code", None)):
        lineage = None
    elif getattr(result.node, "language", None) == "python":
        lineage = fitted(types[table_of(spec)], parents)
    else:
        lineage = kept.of(code, parents)
    read = lineage.deps_by_column if lineage else {}
    described = {name: column.description for name, column in result.node.columns.items()}
    columns = [
        TableColumn(name, type_, _description(described.get(name), read.get(name, ())))
        for name, type_ in types[table_of(spec)].items()
    ]
    metadata = {
        "dagster/column_schema": TableSchema(columns),
        "seconds": round(result.execution_time, 3),
    }
    return metadata | {"dagster/column_lineage": lineage} if lineage else metadata


def _description(described: str | None, read: Sequence[TableColumnDep]) -> str | None:
    """dbt's description of a column and the columns it is read from: Dagster's open-source UI draws
    no column lineage, but shows this under Events."""
    columns = ", ".join(f"{dep.asset_key.path[-1]}.{dep.column_name}" for dep in read)
    texts = [described, f"Read from {columns}." if columns else ""]
    return " ".join(text for text in texts if text) or None


def results_of_tests(dbt: Dbt, results: Sequence[RunResult]) -> dict[str, RunResult]:
    """By dbt id of each test: its own result, or that of the model that is made only if its grain,
    which is the test, holds."""
    by_node = {result.node.unique_id: result for result in results}
    tests = {key: one for key, one in by_node.items() if one.node.resource_type == NodeType.Test}
    of_models = {
        test: by_node[of] for test, of in grain_tests(dbt.manifest).items() if of in by_node
    }
    return of_models | tests


def check_result(check: AssetCheckSpec, result: RunResult) -> AssetCheckResult:
    metadata: dict[str, Any] = {"status": str(result.status)}
    if result.node.resource_type == NodeType.Test:
        metadata["rows_that_break_it"] = result.failures or 0
    elif error := audit_error([result]):
        metadata["reason"] = str(error)
    return AssetCheckResult(
        asset_key=check.asset_key,
        check_name=check.name,
        passed=result.status in (TestStatus.Pass, RunStatus.Success),
        severity=AssetCheckSeverity.ERROR if check.blocking else AssetCheckSeverity.WARN,
        metadata=metadata,
    )


def _note(results: Sequence[RunResult], tests: Mapping[str, RunResult]) -> str:
    kinds = Counter(result.node.resource_type for result in results)
    tables = kinds[NodeType.Model] + kinds[NodeType.Seed]
    return f"{tables} tables and views, {len(tests)} tests"
