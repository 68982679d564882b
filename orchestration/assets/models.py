"""<schema>/<model>: what dbt builds, with its tests as asset checks."""

from collections.abc import Mapping, Sequence
from typing import Any

from dagster import AssetCheckSpec, AssetKey, AssetsDefinition, AssetSpec
from dagster_dbt import DagsterDbtTranslator

from orchestration.assets.dbt_step import dbt_step
from orchestration.assets.model_docs import reading
from orchestration.assets.raw import raw_key
from orchestration.core.warehouse import open_warehouse
from orchestration.resources import Night
from orchestration.sources import raw
from orchestration.transform import GRAIN_TEST, Dbt

# The quality marts, built after both gates.
QUALITY = "source:ledger.checks+"

# The models that unite the entities of all sources, built before the first gate.
INPUT_MODELS = ("staging.config", "staging.vendors", "staging.entities")

# A test runs in the step that has the last of the models it reads.
CAUTIOUS = ("--indirect-selection", "cautious")

# A hook tests the grain of each model when it is made: dbt_project/macros/grain.sql.
WITHOUT_GRAINS = ("--exclude", f"test_name:{GRAIN_TEST}")


class Translator(DagsterDbtTranslator):
    """Names an asset as its table is named in the warehouse, and groups it by its folder."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> AssetKey:
        schema = dbt_resource_props["schema"]
        if schema.startswith("raw_"):
            return AssetKey(raw_key(schema.removeprefix("raw_"), dbt_resource_props["name"]))
        return AssetKey([schema, dbt_resource_props.get("alias") or dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        folders: list[str] = dbt_resource_props["fqn"][1:-1]
        schema: str = dbt_resource_props["schema"]
        match folders:
            case ["staging", "entities"]:
                return schema
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


def model_assets(
    dbt: Dbt, books: Sequence[AssetSpec], docs_url: str | None
) -> list[AssetsDefinition]:
    """Three steps: the models that unite the sources, all other models, and the quality marts after
    the gates. `books`: the ledger assets that the first step reports as well. `docs_url`: where the
    docs site is served."""
    specs, checks = _specs(dbt.manifest_content, docs_url)
    nodes = dbt.manifest_content["nodes"]
    input_nodes = {node for node in specs if _is_input(nodes[node])}
    quality_nodes = _downstream(dbt.manifest_content, "source.voronka.ledger.checks") & specs.keys()
    quality = [specs[node] for node in quality_nodes]
    others = [spec for node, spec in specs.items() if node not in input_nodes | quality_nodes]
    marts = [spec.key for spec in others if spec.key.path[0] == "marts"]
    found = AssetSpec(
        ["ledger", "checks"],
        deps=marts,
        description="One row per as_of date and check: what both gates found.",
        group_name="ledger",
        kinds={"duckdb"},
        metadata={"dagster/table_name": "ledger.checks"},
    )
    united = [*books, *(specs[node] for node in sorted(input_nodes))]
    inputs = ("--select", *INPUT_MODELS, *CAUTIOUS, *WITHOUT_GRAINS)
    rest = ("--exclude", QUALITY, *INPUT_MODELS, *CAUTIOUS, *WITHOUT_GRAINS)
    return [
        dbt_step(dbt, "landing", united, checks, inputs, before=_complete),
        dbt_step(dbt, "build_models", others, checks, rest, of_engine=True),
        dbt_step(
            dbt, "build_quality", [found, *quality], checks, ("--select", QUALITY, *WITHOUT_GRAINS)
        ),
    ]


def _is_input(node: Mapping[str, Any]) -> bool:
    """Whether the model is part of what the first gate looks at."""
    return ".".join(node["fqn"][1:3]) in INPUT_MODELS


def _complete(night: Night) -> None:
    with open_warehouse(night.home, night.settings.limits) as connection:
        raw.complete(connection, night.settings.sources)


def mart_specs(dbt: Dbt, docs_url: str | None) -> list[AssetSpec]:
    """The assets of the schema that is published, by name."""
    specs, _ = _specs(dbt.manifest_content, docs_url)
    marts = (spec for spec in specs.values() if spec.key.path[0] == "marts")
    return sorted(marts, key=lambda spec: spec.key)


def _specs(
    manifest: Mapping[str, Any], docs_url: str | None
) -> tuple[dict[str, AssetSpec], dict[str, AssetCheckSpec]]:
    """By dbt id: an asset for each model and seed, and a check for each test of one of them."""
    translator = Translator()
    tables = [
        identifier
        for identifier, node in manifest["nodes"].items()
        if node["resource_type"] in ("model", "seed")
    ]
    specs = {
        identifier: _without_contract(
            translator.get_asset_spec(manifest, identifier, None)
        ).merge_attributes(metadata=reading(manifest["nodes"][identifier], docs_url))
        for identifier in tables
    }
    checks = {}
    for identifier, node in manifest["nodes"].items():
        tested = specs.get(node.get("attached_node"))
        if node["resource_type"] == "test" and tested:
            check = translator.get_asset_check_spec(tested, manifest, identifier, None)
            if check:
                checks[identifier] = check
    return specs, checks


def _without_contract(spec: AssetSpec) -> AssetSpec:
    """The asset without dependencies on `contract`, the empty tables with the entities' columns."""
    deps = [dep for dep in spec.deps if dep.asset_key.path[0] != "contract"]
    return spec.replace_attributes(deps=deps)


def _downstream(manifest: Mapping[str, Any], identifier: str) -> set[str]:
    """The dbt ids of everything built from this one."""
    children = set(manifest["child_map"].get(identifier, ()))
    return children.union(*(_downstream(manifest, child) for child in children))
