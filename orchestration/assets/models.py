"""<schema>/<model>: what dbt builds, with its tests as asset checks."""

from collections.abc import Mapping, Sequence
from typing import Any

from dagster import AssetCheckSpec, AssetKey, AssetsDefinition, AssetSpec
from dagster_dbt import DagsterDbtTranslator

from orchestration.assets.dbt_step import dbt_step
from orchestration.assets.raw import raw_key
from orchestration.core.warehouse import open_warehouse
from orchestration.resources import Night
from orchestration.sources.base import SourceConfig
from orchestration.sources.connectors.base import ConnectorSource
from orchestration.sources.connectors.views import gather, vendors
from orchestration.transform import Dbt

# All that tells what the gates found: built when both gates have spoken.
_QUALITY = "source:ledger.checks+"

# What conforms the tables of vendors to the entities: built before the first gate.
_VENDORS = "staging.vendors"


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

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> Sequence[str] | None:
        """The e-mail addresses of the model's dbt group, else its name as a team."""
        name = (dbt_resource_props.get("group") or {}).get("owner", {}).get("name")
        return super().get_owners(dbt_resource_props) or ([f"team:{name}"] if name else None)

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
        dbt_step(dbt, "build_models", others, checks, ("--exclude", _QUALITY, _VENDORS)),
        dbt_step(dbt, "build_quality", [found, *quality], checks, ("--select", _QUALITY)),
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
        dbt_step(dbt, "conform_vendors", models, checks, ("--select", *folders), before=_gather)
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
