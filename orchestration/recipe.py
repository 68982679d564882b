"""Rebuilds an incremental model if other code or settings made its rows, or if they were changed.

An incremental model compares what it reads with what it has read, and trusts the rows it has. So
each build records the recipe (a hash of the code and settings) and the fingerprint of the rows that
the recipe made. A table without exactly these rows is rebuilt: somebody has changed it by hand,
plain dbt has built it from other code, or a run died before it recorded them.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import duckdb
from dbt.contracts.graph.manifest import Manifest
from dbt.node_types import NodeType

from orchestration.core.fingerprint import fingerprint
from orchestration.core.warehouse import create_ledger

Table = tuple[str, str]


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


def incremental_models(manifest: Manifest) -> dict[str, Table]:
    """By dbt id: the schema and the name of each model that is built incrementally."""
    return {
        key: (node.schema, node.alias)
        for key, node in manifest.nodes.items()
        if node.resource_type == NodeType.Model and node.config.materialized == "incremental"
    }


def made_by(
    warehouse: duckdb.DuckDBPyConnection, recipe: str, models: Mapping[str, Table]
) -> set[str]:
    """The dbt ids of those models whose tables hold exactly the rows that this recipe made, and of
    those without a table, which dbt builds in full anyway."""
    create_ledger(warehouse)
    found = warehouse.execute(
        "select model, rows_made from ledger.recipes where recipe = ?", [recipe]
    )
    made = dict(found.fetchall())
    held = {model: _rows(warehouse, table) for model, table in models.items()}
    return {model for model, rows in held.items() if rows is None or rows == made.get(model)}


def record_recipe(
    warehouse: duckdb.DuckDBPyConnection, recipe: str, models: Mapping[str, Table]
) -> None:
    """Record that this recipe made the rows that are now in the tables of these models."""
    for model, table in sorted(models.items()):
        warehouse.execute("delete from ledger.recipes where model = ?", [model])
        made = [model, recipe, _rows(warehouse, table)]
        warehouse.execute("insert into ledger.recipes values (?, ?, ?)", made)


def _rows(warehouse: duckdb.DuckDBPyConnection, table: Table) -> str | None:
    """The fingerprint of a table; None if it does not exist."""
    try:
        return fingerprint(warehouse, *table)
    except duckdb.CatalogException:
        return None


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
