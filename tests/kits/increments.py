"""The strategy of the incremental models, for tests that build them without dbt."""

from collections.abc import Iterable
from typing import Any

from dbt.contracts.graph.manifest import Manifest
from jinja2 import Template

from orchestration.core.project import DBT_PROJECT

_MACROS = (DBT_PROJECT / "macros" / "incremental.sql").read_text()
_STRATEGY = _MACROS[: _MACROS.index("{%- endmacro %}", _MACROS.index("get_incremental_")) + 15]


def strategy_sql(manifest: Manifest, table: str, columns: Iterable[str]) -> str:
    """The SQL by which the rows of the table `changed` get into the table of a model."""
    (node,) = (
        node
        for node in manifest.nodes.values()
        if node.resource_type == "model" and node.name == table.split(".")[1]
    )
    arguments: dict[str, Any] = {
        "target_relation": table,
        "temp_relation": "changed",
        "dest_columns": [{"name": column} for column in columns],
        "unique_key": node.config.unique_key,
        "incremental_predicates": node.config["incremental_predicates"],
    }
    call = f"{{{{ get_incremental_{node.config.incremental_strategy}_sql(arguments) }}}}"
    return Template(_STRATEGY + call).render(arguments=arguments)
