"""The configured sources for dbt: its own `sources`, and the variables that decide which models
there are and which tables each one unites."""

from collections.abc import Mapping
from typing import Any

from orchestration.sources.base import SourceConfig


def definitions(sources: Mapping[str, SourceConfig]) -> dict[str, Any]:
    """The raw tables of the sources as the content of a dbt properties file: `raw_<source>`."""
    return {
        "sources": [
            {
                "name": f"raw_{name}",
                "description": f"What source {name} (type {config.type}) delivered, typed.",
                "tables": [
                    {"name": table.name, "description": table.description}
                    for table in config.tables
                ],
            }
            for name, config in sorted(sources.items())
        ]
    }


def wiring(sources: Mapping[str, SourceConfig]) -> dict[str, Any]:
    """The variables that dbt parses the project with.

    `deliveries`: by source, the entities that it delivers as such. `accounts`: by vendor, the
    sources that are accounts with it, and the entities of its staging models.
    """
    deliveries: dict[str, list[str]] = {}
    accounts: dict[str, dict[str, list[str]]] = {}
    for name, config in sorted(sources.items()):
        if config.staging is None:
            deliveries[name] = list(config.delivers)
            continue
        account = accounts.setdefault(config.staging.vendor, {"sources": [], "delivers": []})
        account["sources"].append(name)
        account["delivers"] += [one for one in config.delivers if one not in account["delivers"]]
    return {"deliveries": deliveries, "accounts": accounts}


def given(sources: Mapping[str, SourceConfig]) -> dict[str, list[list[str]]]:
    """The variables from the accounts' config: the rows of `stg_config__options` and of
    `stg_config__custom_fields`."""
    staged = [(name, one.staging) for name, one in sorted(sources.items()) if one.staging]
    return {
        "source_options": [
            [source, name, value]
            for source, staging in staged
            for name, values in staging.options.items()
            for value in values
        ],
        "custom_fields": [
            [source, entity, column, field]
            for source, staging in staged
            for entity, mapped in staging.custom_fields.items()
            for column, field in mapped.items()
        ],
    }
