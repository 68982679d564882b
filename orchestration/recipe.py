"""Rebuilds an incremental model if other code or settings made its rows.

An incremental model compares what it reads with what it has read. Its recipe,
the fingerprint of the code and settings, is kept in the warehouse beside the rows. It is deleted
before a rebuild and written after it, so that a run that dies in between is followed by another
rebuild.
"""

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

import duckdb
from dbt.contracts.graph.manifest import Manifest
from dbt.node_types import NodeType

from orchestration.core.warehouse import create_ledger


def recipe_of(manifest: Manifest, variables: Mapping[str, Any]) -> str:
    """A hash of all models and macros, all settings and the DuckDB version, since DuckDB's hashes
    of rows are kept from night to night. The day is not part of it: it only decides which rows are
    read."""
    parts = {
        "duckdb": duckdb.__version__,
        "models": {key: node.checksum.checksum for key, node in manifest.nodes.items()},
        "macros": {key: macro.macro_sql for key, macro in manifest.macros.items()},
        "settings": {name: value for name, value in variables.items() if name != "as_of"},
    }
    return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def incremental_models(manifest: Manifest) -> set[str]:
    """The dbt ids of the models that are built incrementally."""
    return {
        key
        for key, node in manifest.nodes.items()
        if node.resource_type == NodeType.Model and node.config.materialized == "incremental"
    }


def made_by(warehouse: duckdb.DuckDBPyConnection, recipe: str) -> set[str]:
    """The models whose rows were all made by this recipe."""
    create_ledger(warehouse)
    found = warehouse.execute("select model from ledger.recipes where recipe = ?", [recipe])
    return {model for (model,) in found.fetchall()}


def clear_recipes(warehouse: duckdb.DuckDBPyConnection) -> None:
    """Delete all recipes: every incremental model has to be rebuilt."""
    warehouse.execute("delete from ledger.recipes")


def record_recipe(warehouse: duckdb.DuckDBPyConnection, recipe: str, models: Iterable[str]) -> None:
    """Record that these models (dbt ids) are built by this recipe."""
    for model in sorted(models):
        warehouse.execute("insert into ledger.recipes values (?, ?)", [model, recipe])


def record_variables(warehouse: duckdb.DuckDBPyConnection, variables: Mapping[str, Any]) -> None:
    """Write the dbt variables of the build that begins: dbt refuses others on the command line."""
    create_ledger(warehouse)
    warehouse.execute("delete from ledger.variables")
    for name, value in variables.items():
        warehouse.execute("insert into ledger.variables values (?, ?)", [name, json.dumps(value)])


def recorded_variables(warehouse: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """The dbt variables of the latest build; empty where nothing was built."""
    create_ledger(warehouse)
    found = warehouse.execute("select name, value from ledger.variables").fetchall()
    return {name: json.loads(value) for name, value in found}
