"""Schema `landing` as a night's models make it, for warehouses that a test fills by itself."""

from collections.abc import Mapping

import duckdb

from orchestration.core.entities import ENTITIES
from orchestration.sources import raw
from orchestration.sources.base import SourceConfig


def unite(connection: duckdb.DuckDBPyConnection, sources: Mapping[str, SourceConfig]) -> None:
    """Make one view per entity over these sources: their raw tables, which are made where they are
    not there, or the staging models of their vendors."""
    raw.complete(connection, sources)
    connection.execute("create schema if not exists landing")
    for entity in ENTITIES:
        parts = {f"select * from contract.{entity}": None}
        for name, config in sources.items():
            if entity not in config.delivers:
                continue
            place, more = f"raw_{name}.{entity}", ""
            if config.staging:
                place = f"staging.stg_{config.staging.vendor}__{entity}"
                more = f", source || ':{entity}' as _file"
            parts[f"select *{more} from {place}"] = None
        connection.execute(
            f"create or replace view landing.{entity} as {' union all by name '.join(parts)}"
        )
