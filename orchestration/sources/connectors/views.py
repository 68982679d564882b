"""Views between the raw tables of vendors, their staging models, and the entities of a source."""

from collections.abc import Mapping

import duckdb

from orchestration.core import sql
from orchestration.core.entities import ENTITIES
from orchestration.sources.base import SourceConfig
from orchestration.sources.connectors.base import ConnectorSource


def vendors(sources: Mapping[str, SourceConfig]) -> dict[str, dict[str, ConnectorSource]]:
    """The vendor sources of a config by name, by their type."""
    found: dict[str, dict[str, ConnectorSource]] = {}
    for name, config in sources.items():
        if isinstance(config, ConnectorSource):
            found.setdefault(config.type, {})[name] = config
    return found


def gather(connection: duckdb.DuckDBPyConnection, sources: Mapping[str, SourceConfig]) -> None:
    """Make schema `vendor_<type>` for each vendor: one view per table over all its sources, empty
    where nothing was landed, and `custom_fields` (source, entity, column_name, field_id): which of
    the account's own fields the config maps to which column; `options` (source, name, value): the
    options of its config."""
    there = set(
        connection.execute(
            "select table_schema, table_name from information_schema.tables"
        ).fetchall()
    )
    for vendor, accounts in vendors(sources).items():
        connection.execute(f"create schema if not exists vendor_{vendor}")
        tables = {one.name: one for config in accounts.values() for one in config.tables}
        for table in tables.values():
            columns = f"source, {sql.names(table.column_names)}, _file, _row"
            # A source that has failed up to now has no tables.
            parts = " union all ".join(
                f"select {columns} from raw_{one}.{table.name}"
                for one in sorted(accounts)
                if (f"raw_{one}", table.name) in there
            )
            connection.execute(
                f"create or replace view vendor_{vendor}.{table.name} as"
                f" {parts or sql.empty(table)}"
            )
        _given(
            connection,
            f"vendor_{vendor}.custom_fields",
            ("source", "entity", "column_name", "field_id"),
            [
                (source, entity, column, field)
                for source, config in sorted(accounts.items())
                for entity, mapped in config.custom_fields.items()
                for column, field in mapped.items()
            ],
        )
        _given(
            connection,
            f"vendor_{vendor}.options",
            ("source", "name", "value"),
            [
                (source, name, value)
                for source, config in sorted(accounts.items())
                for name, values in config.options.items()
                for value in values
            ],
        )


def conform(connection: duckdb.DuckDBPyConnection, sources: Mapping[str, SourceConfig]) -> None:
    """Make schema `conformed_<source>` for each vendor source: its rows of the staging models. One
    that is left of a source that is none now goes."""
    for (schema,) in connection.execute(
        "select schema_name from information_schema.schemata"
        " where starts_with(schema_name, 'conformed_')"
    ).fetchall():
        connection.execute(f"drop schema {sql.name(schema)} cascade")
    for vendor, accounts in vendors(sources).items():
        for source, config in accounts.items():
            connection.execute(f"create schema if not exists conformed_{source}")
            for name in config.delivers:
                columns = sql.names(ENTITIES[name].column_names)
                connection.execute(
                    f"create or replace view conformed_{source}.{name} as"
                    f" select source, {columns}, source || ':{name}' as _file,"
                    " cast(null as bigint) as _row"
                    f" from staging.stg_{vendor}__{name} where source = {sql.text(source)}"
                )


def _given(
    connection: duckdb.DuckDBPyConnection,
    view: str,
    columns: tuple[str, ...],
    rows: list[tuple[str, ...]],
) -> None:
    """Make a view of texts that the config gives."""
    # An empty list is no SQL.
    nothing = f"({', '.join(['cast(null as varchar)'] * len(columns))})"
    values = ", ".join(f"({sql.texts(row)})" for row in rows) or nothing
    connection.execute(
        f"create or replace view {view} as select * from (values {values})"
        f" as given ({', '.join(columns)}) where source is not null"
    )


def entity_schema(source: str, config: SourceConfig) -> str:
    """The schema that holds the entities of a source."""
    return f"conformed_{source}" if isinstance(config, ConnectorSource) else f"raw_{source}"
