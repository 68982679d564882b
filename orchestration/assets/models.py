"""<schema>/<model>: what dbt builds, with its tests as asset checks."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    MaterializeResult,
    ResourceParam,
    TableColumn,
    TableSchema,
    multi_asset,
)
from dagster_dbt import DagsterDbtTranslator
from dbt.artifacts.resources.types import NodeType
from dbt.artifacts.schemas.results import RunStatus, TestStatus
from dbt.artifacts.schemas.run import RunResult

from orchestration.assets.raw import raw_key
from orchestration.assets.tables import column_types, row_counts, table_of
from orchestration.core.warehouse import open_warehouse
from orchestration.resources import Night
from orchestration.sources.base import SourceConfig
from orchestration.sources.connectors.base import ConnectorSource
from orchestration.sources.connectors.views import gather, vendors
from orchestration.transform import Dbt, audit_error, dbt_vars

# All that tells what the gates found: built when both gates have spoken.
_QUALITY = "source:ledger.checks+"

# What conforms the tables of vendors to the entities: built before the first gate.
_VENDORS = "staging.vendors"

_TABLES = {NodeType.Model, NodeType.Seed}


class Translator(DagsterDbtTranslator):
    """Names an asset as its table is named in the warehouse, and groups it by its folder."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> AssetKey:
        return AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        folders: list[str] = dbt_resource_props["fqn"][1:-1]
        schema: str = dbt_resource_props["schema"]
        match folders:
            case ["staging", *_]:
                return "staging"
            case [layer, subject, *_]:
                return f"{layer}_{subject}"
            case [layer] if dbt_resource_props["resource_type"] == "model":
                return layer
            case _:
                return schema

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return str(dbt_resource_props["description"])


def model_assets(dbt: Dbt, sources: Mapping[str, SourceConfig]) -> list[AssetsDefinition]:
    """The staging of the vendors there are in one step, the quality marts in another behind the
    gates, and all other models in a third between them. A vendor that is not configured has no
    asset."""
    specs, checks = _specs(dbt.manifest_content)
    staged = {node: _vendor(dbt.manifest_content["nodes"][node]) for node in specs}
    downstream = _downstream(dbt.manifest_content, "source.voronka.ledger.checks")
    quality = [spec for node, spec in specs.items() if node in downstream]
    others = [spec for node, spec in specs.items() if node not in downstream and not staged[node]]
    marts = [spec.key for spec in others if spec.key.path[0] == "marts"]
    found = AssetSpec(
        ["ledger", "checks"],
        deps=marts,
        description="One row per as_of date and check: what both gates found.",
        group_name="ledger",
        kinds={"duckdb"},
        metadata={"dagster/table_name": "ledger.checks"},
    )
    return [
        *_vendor_step(dbt, specs, staged, checks, sources),
        _dbt_step(dbt, "build_models", others, checks, ("--exclude", _QUALITY, _VENDORS)),
        _dbt_step(dbt, "build_quality", [found, *quality], checks, ("--select", _QUALITY)),
    ]


def _vendor(node: Mapping[str, Any]) -> str | None:
    """The vendor that a staging model is of."""
    match node["fqn"]:
        case [_, "staging", "vendors", vendor, _]:
            return str(vendor)
    return None


def _vendor_step(
    dbt: Dbt,
    specs: Mapping[str, AssetSpec],
    staged: Mapping[str, str | None],
    checks: Mapping[str, AssetCheckSpec],
    sources: Mapping[str, SourceConfig],
) -> list[AssetsDefinition]:
    configured = vendors(sources)
    models = [
        spec.replace_attributes(deps=_raw_keys(configured[vendor]))
        for node, spec in specs.items()
        if (vendor := staged[node]) in configured
    ]
    if not models:
        return []
    folders = [f"{_VENDORS}.{vendor}" for vendor in sorted(configured)]
    return [
        _dbt_step(dbt, "conform_vendors", models, checks, ("--select", *folders), before=_gather)
    ]


def _raw_keys(accounts: Mapping[str, ConnectorSource]) -> list[list[str]]:
    return [raw_key(name, table.name) for name, one in accounts.items() for table in one.tables]


def _gather(night: Night) -> None:
    with open_warehouse(night.home, night.settings.limits) as connection:
        gather(connection, night.settings.sources)


def mart_specs(dbt: Dbt) -> list[AssetSpec]:
    """The assets of the schema that is published, by name."""
    specs, _ = _specs(dbt.manifest_content)
    marts = (spec for spec in specs.values() if spec.key.path[0] == "marts")
    return sorted(marts, key=lambda spec: spec.key)


def _dbt_step(
    dbt: Dbt,
    name: str,
    specs: Sequence[AssetSpec],
    all_checks: Mapping[str, AssetCheckSpec],
    selection: Sequence[str],
    before: Callable[[Night], None] = lambda night: None,
) -> AssetsDefinition:
    """One step that builds the models of `specs` and runs their tests: all that the dbt arguments
    `selection` choose, or the part of them that somebody asks for in the UI."""
    keys = {spec.key for spec in specs}
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
        with night.step(name.replace("_", " ")) as step:
            step.whole = whole
            before(night)
            results: list[RunResult] = []
            if chosen:
                results = dbt.build(
                    dbt_vars(night.settings, night.day),
                    *chosen,
                    full_refresh=night.full_refresh,
                    on_node=night.progress.started,
                )
            built = {
                (result.node.schema, result.node.name): result
                for result in results
                if result.status == RunStatus.Success and result.node.resource_type in _TABLES
            }
            step.note = _note(results)
            counted, types = _looked_at(night, [table_of(spec) for spec in asked], built)
            step.rows = sum(rows for (schema, _), rows in counted.items() if schema == "marts")
            for table, rows in counted.items():
                yield MaterializeResult(
                    asset_key=list(table),
                    metadata=_metadata(rows, types[table], built.get(table)),
                )
            for result in results:
                if check := asked_checks.get(result.node.unique_id):
                    yield _check_result(check, result)
            if error := audit_error(results):
                raise error
            mine = [table for schema, table in built if schema == "marts"]
            night.audit.seal(night.home, night.settings.limits, mine)

    return build


def _only(
    dbt: Dbt, specs: Sequence[AssetSpec], checks: Mapping[str, AssetCheckSpec]
) -> tuple[str, ...]:
    """The dbt arguments that select these models and tests and no others; none select nothing."""
    models = [
        spec.metadata["dagster_dbt/unique_id"] for spec in specs if spec.key.path[0] != "ledger"
    ]
    nodes = dbt.manifest_content["nodes"]
    names = [f"fqn:{'.'.join(nodes[node]['fqn'])}" for node in (*models, *checks)]
    return ("--indirect-selection", "empty", "--select", *names) if names else ()


def _specs(
    manifest: Mapping[str, Any],
) -> tuple[dict[str, AssetSpec], dict[str, AssetCheckSpec]]:
    """By dbt id: an asset for each model and seed, and a check for each test of one of them."""
    translator = Translator()
    tables = [
        identifier
        for identifier, node in manifest["nodes"].items()
        if node["resource_type"] in ("model", "seed")
    ]
    specs = {
        identifier: translator.get_asset_spec(manifest, identifier, None) for identifier in tables
    }
    checks = {}
    for identifier, node in manifest["nodes"].items():
        tested = specs.get(node.get("attached_node"))
        if node["resource_type"] == "test" and tested:
            check = translator.get_asset_check_spec(tested, manifest, identifier, None)
            if check:
                checks[identifier] = check
    return specs, checks


def _downstream(manifest: Mapping[str, Any], identifier: str) -> set[str]:
    """The dbt ids of everything built from this one."""
    children = set(manifest["child_map"].get(identifier, ()))
    return children.union(*(_downstream(manifest, child) for child in children))


def _looked_at(
    night: Night, tables: Sequence[tuple[str, str]], built: Mapping[tuple[str, str], RunResult]
) -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], dict[str, str]]]:
    """Rows and column types of the tables of this step: the ledger's, and those built, in the order
    they were."""
    there = [table for table in tables if table[0] == "ledger"] + list(built)
    with open_warehouse(night.home, night.settings.limits) as connection:
        return row_counts(connection, there), column_types(connection, there)


def _metadata(rows: int, types: Mapping[str, str], result: RunResult | None) -> dict[str, Any]:
    if result is None:
        return {"dagster/row_count": rows}
    described = result.node.columns
    columns = [
        TableColumn(
            name, type_, description=described[name].description if name in described else None
        )
        for name, type_ in types.items()
    ]
    return {
        "dagster/row_count": rows,
        "dagster/column_schema": TableSchema(columns),
        "seconds": round(result.execution_time, 3),
    }


def _check_result(check: AssetCheckSpec, result: RunResult) -> AssetCheckResult:
    return AssetCheckResult(
        asset_key=check.asset_key,
        check_name=check.name,
        passed=result.status == TestStatus.Pass,
        severity=AssetCheckSeverity.ERROR if check.blocking else AssetCheckSeverity.WARN,
        metadata={"rows_that_break_it": result.failures or 0, "status": str(result.status)},
    )


def _note(results: Sequence[RunResult]) -> str:
    kinds = Counter(result.node.resource_type for result in results)
    tables = kinds[NodeType.Model] + kinds[NodeType.Seed]
    return f"{tables} tables and views, {kinds[NodeType.Test]} tests"
