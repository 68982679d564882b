"""landing/<entity>: one view per entity over all sources; ledger/<table>: the books of the run;
identity/identifiers: what clients' phones, e-mails and messenger names mean."""

from collections.abc import Iterator

from dagster import (
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    MaterializeResult,
    ResourceParam,
    multi_asset,
)

from orchestration.assets.raw import raw_key, raw_tables
from orchestration.assets.tables import row_counts, schema_of, table_of
from orchestration.core.entities import ENTITIES
from orchestration.resources import Night
from orchestration.settings import Settings
from orchestration.sources.base import SourceConfig
from orchestration.sources.connectors.base import ConnectorSource

_LEDGER = {
    "runs": "One row per as_of date: the run that computed it.",
    "customer_key": "One row: the key that customer ids are hashed with. Private.",
    "expected": "One row per source and entity that the config lets it deliver.",
    "loads": "One row per as_of date, source, entity and file: rows and money delivered, and what"
    " became of them.",
    "quarantine": "One row per value that could not be read or breaks a key; personal data masked.",
}


def landing_assets(settings: Settings) -> AssetsDefinition:
    """The views that staging reads, whatever sources there are."""
    delivered = [
        (entity, AssetKey(entity_key(name, config, entity)))
        for name, config in settings.sources.items()
        for entity in config.delivers
    ]
    raw = [
        raw_key(name, table.name)
        for name, config in settings.sources.items()
        for table in raw_tables(config).values()
    ]
    views = [
        AssetSpec(
            ["landing", name],
            deps=list(dict.fromkeys(key for entity, key in delivered if entity == name)),
            description=f"{name.replace('_', ' ').capitalize()} of every source, one under the"
            " other; empty where no source delivers them.",
            group_name="landing",
            kinds={"duckdb", "view"},
            metadata={
                "dagster/column_schema": schema_of(entity),
                "dagster/table_name": f"landing.{name}",
            },
        )
        for name, entity in ENTITIES.items()
    ]
    books = [
        AssetSpec(
            ["ledger", name],
            deps=raw,
            description=description,
            group_name="ledger",
            kinds={"duckdb"},
            metadata={"dagster/table_name": f"ledger.{name}"},
        )
        for name, description in _LEDGER.items()
    ]

    @multi_asset(name="expose_landing", specs=[*views, *books])
    def expose_landing(night: ResourceParam[Night]) -> Iterator[MaterializeResult[None]]:
        from orchestration.core.warehouse import open_warehouse
        from orchestration.sources.connectors.views import conform
        from orchestration.sources.landing import expose

        with night.op_step("landing") as step:
            with open_warehouse(night.home, night.settings.limits) as connection:
                conform(connection, night.settings.sources)
                expose(connection, list(night.settings.sources))
                tables = [table_of(spec) for spec in (*views, *books)]
                counted = row_counts(connection, tables)
            step.rows = sum(rows for (schema, _), rows in counted.items() if schema == "landing")
            for table, rows in counted.items():
                yield MaterializeResult(asset_key=list(table), metadata={"dagster/row_count": rows})

    return expose_landing


def entity_key(name: str, config: SourceConfig, entity: str) -> list[str]:
    """Where a source's rows of an entity come from: a raw table, or a vendor's staging model."""
    if isinstance(config, ConnectorSource):
        return ["staging", f"stg_{config.type}__{entity}"]
    return raw_key(name, entity)


def identity_assets(country: str) -> AssetsDefinition:
    """What the landed phones, e-mails and messenger names mean, spelt one way."""
    identifiers = AssetSpec(
        ["identity", "identifiers"],
        deps=[["landing", name] for name in ("contacts", "leads", "calls", "touchpoints")],
        description="One row per kind, cell as delivered and identifier in it. Clients' personal"
        " data: private, never published.",
        group_name="identity",
        kinds={"duckdb", "python"},
        metadata={"dagster/table_name": "identity.identifiers"},
    )

    @multi_asset(name="normalise_identifiers", specs=[identifiers])
    def normalise(night: ResourceParam[Night]) -> Iterator[MaterializeResult[None]]:
        from orchestration.core.warehouse import open_warehouse
        from orchestration.sources.identity import normalise_identifiers

        with night.op_step("identifiers") as step:
            with open_warehouse(night.home, night.settings.limits) as connection:
                step.rows = normalise_identifiers(connection, country)
            yield MaterializeResult(
                asset_key=identifiers.key, metadata={"dagster/row_count": step.rows}
            )

    return normalise
