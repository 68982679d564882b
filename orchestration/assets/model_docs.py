"""Where a model is described and written: its page of the docs site, and its file."""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dagster import (
    BetaWarning,
    CodeReferencesMetadataValue,
    LocalFileCodeReference,
    MetadataValue,
)

from orchestration.core.project import DBT_PROJECT


def reading(
    node: Mapping[str, Any], docs_url: str | None, project: Path = DBT_PROJECT
) -> dict[str, MetadataValue[Any]]:
    """The metadata of a model or seed of dbt's manifest: its file, and its page if the site is
    served at `docs_url`. `project`: the folder of dbt_project.yml."""
    file = (project / node["original_file_path"]).resolve()
    metadata: dict[str, MetadataValue[Any]] = {"dagster/code_references": _code(file)}
    if docs_url:
        metadata["docs"] = MetadataValue.url(f"{docs_url.rstrip('/')}/{address(node)}")
    return metadata


def address(node: Mapping[str, Any]) -> str:
    """The page of a published table, else the place of the model in dbt's docs; both in the folder
    that `make docs-site` builds."""
    if node["schema"] == "marts":
        return f"reference/tables/{node['name']}.html"
    return f"dbt.html#!/{node['resource_type']}/{node['unique_id']}"


def _code(file: Path) -> CodeReferencesMetadataValue:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BetaWarning)
        reference = LocalFileCodeReference(file_path=str(file))
        return CodeReferencesMetadataValue(code_references=[reference])
