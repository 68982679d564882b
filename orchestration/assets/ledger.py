"""ledger/<table>: the books of the run; identity/identifiers: what clients' phones, e-mails and
messenger names mean."""

from collections.abc import Iterator

from dagster import (
    AssetsDefinition,
    AssetSpec,
    MaterializeResult,
    ResourceParam,
    multi_asset,
)

from orchestration.assets.raw import raw_key
from orchestration.resources import Night
from orchestration.settings import Settings

_LEDGER = {
    "runs": "One row per as_of date: the run that computed it.",
    "customer_key": "One row: the key that customer ids are hashed with. Private.",
    "days_off": "One row per day on which the company's country does not work.",
    "expected": "One row per source and entity that the config lets it deliver.",
    "loads": "One row per as_of date, source, entity and file: rows and money delivered, and what"
    " became of them.",
    "quarantine": "One row per value that could not be read or breaks a key; personal data masked.",
}


def ledger_specs(settings: Settings) -> list[AssetSpec]:
    """The ledger tables of the run that models and the first gate read."""
    landed = [
        raw_key(name, table.name)
        for name, config in settings.sources.items()
        for table in config.tables
    ]
    return [
        AssetSpec(
            ["ledger", name],
            deps=landed,
            description=description,
            group_name="ledger",
            kinds={"duckdb"},
            metadata={"dagster/table_name": f"ledger.{name}"},
        )
        for name, description in _LEDGER.items()
    ]


def identity_assets() -> AssetsDefinition:
    """The landed phones, e-mails and messenger names in one normal form, and which of them mark
    test purchases."""
    identifiers = AssetSpec(
        ["identity", "identifiers"],
        deps=[["landing", name] for name in ("contacts", "leads", "calls", "touchpoints")],
        description="One row per kind, cell as delivered and identifier in it. Clients' personal"
        " data: private, never published.",
        group_name="identity",
        kinds={"duckdb", "python"},
        metadata={"dagster/table_name": "identity.identifiers"},
    )

    test_marks = AssetSpec(
        ["identity", "test_marks"],
        deps=[identifiers],
        description="One row per kind and cell as delivered that marks a test purchase. Personal"
        " data: private, never published.",
        group_name="identity",
        kinds={"duckdb", "python"},
        metadata={"dagster/table_name": "identity.test_marks"},
    )

    @multi_asset(name="normalise_identifiers", specs=[identifiers, test_marks])
    def normalise(night: ResourceParam[Night]) -> Iterator[MaterializeResult[None]]:
        from orchestration.core.warehouse import open_warehouse
        from orchestration.sources.identity import normalise_identifiers

        with night.op_step("identifiers") as step:
            business = night.settings.business
            with open_warehouse(night.home, night.settings.limits) as connection:
                step.rows = normalise_identifiers(
                    connection, business.country, business.test_purchases.marks
                )
            yield MaterializeResult(
                asset_key=identifiers.key, metadata={"dagster/row_count": step.rows}
            )
            yield MaterializeResult(asset_key=test_marks.key)

    return normalise
