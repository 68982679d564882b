"""published/<table>: what BI reads."""

from collections.abc import Iterator, Sequence
from typing import Any

from dagster import AssetsDefinition, AssetSpec, MaterializeResult, ResourceParam, multi_asset

from orchestration.marts_file import ABOUT
from orchestration.publish import publish
from orchestration.resources import Night


def published_assets(marts: Sequence[AssetSpec]) -> AssetsDefinition:
    """The publication: one step, since all tables change places in one rename."""
    tables = [mart.key.path[1] for mart in marts]
    copies = [
        AssetSpec(
            ["published", table],
            deps=[mart.key],
            description=f"{mart.description}\n\nIn published/marts.duckdb and published/parquet/"
            f"{table}.parquet: the rows of the last night that passed both gates.",
            group_name="published",
            kinds={"duckdb", "parquet"},
            metadata={**_columns(mart), "dagster/table_name": f"marts.{table}"},
        )
        for table, mart in zip(tables, marts, strict=True)
    ]
    about = AssetSpec(
        ["published", "publication"],
        deps=[mart.key for mart in marts],
        description=ABOUT,
        group_name="published",
        kinds={"duckdb", "parquet"},
        metadata={"dagster/table_name": "marts.publication"},
    )

    @multi_asset(name="publish", specs=[*copies, about])
    def publish_marts(night: ResourceParam[Night]) -> Iterator[MaterializeResult[None]]:
        with night.step("publish") as step:
            night.audit.refuse_unaudited(night.home, night.settings, tables)
            night.publication = publish(
                night.home, night.settings.limits, night.run_id, night.day, tables
            )
            counts = night.publication.row_counts
            step.rows = sum(counts.values())
            step.note = f"{len(counts)} tables"
        for table, rows in {**counts, "publication": 1}.items():
            yield MaterializeResult(
                asset_key=["published", table], metadata={"dagster/row_count": rows}
            )

    return publish_marts


def _columns(mart: AssetSpec) -> dict[str, Any]:
    """The columns with their descriptions, as dbt declares them."""
    return {
        name: mart.metadata[name] for name in ["dagster/column_schema"] if name in mart.metadata
    }
