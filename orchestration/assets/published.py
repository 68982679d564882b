"""published/<table>: what BI reads."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from dagster import (
    AssetsDefinition,
    AssetSpec,
    FreshnessPolicy,
    MaterializeResult,
    ResourceParam,
    multi_asset,
)

from data_quality import record_landed
from orchestration.assets.lineage import copied
from orchestration.core.catalog import column_types
from orchestration.core.warehouse import open_warehouse
from orchestration.marts_file import ABOUT
from orchestration.publish import publish, replaced_later_day
from orchestration.resources import Night

# One night late is a warning, two are a failure, at whatever hour the nights run.
FRESH = FreshnessPolicy.time_window(
    warn_window=timedelta(hours=26), fail_window=timedelta(hours=50)
)


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
            owners=mart.owners,
            freshness_policy=FRESH,
            metadata={**_of(mart), "dagster/table_name": f"marts.{table}"},
        )
        for table, mart in zip(tables, marts, strict=True)
    ]
    about = AssetSpec(
        ["published", "publication"],
        deps=[mart.key for mart in marts],
        description=ABOUT,
        group_name="published",
        kinds={"duckdb", "parquet"},
        freshness_policy=FRESH,
        metadata={"dagster/table_name": "marts.publication"},
    )

    @multi_asset(name="publish", specs=[*copies, about])
    def publish_marts(night: ResourceParam[Night]) -> Iterator[MaterializeResult[None]]:
        with night.op_step("publish") as step:
            night.audit.refuse_unaudited(night.home, night.settings, tables)
            with open_warehouse(night.home, night.settings.limits) as connection:
                types = column_types(connection)
            replaced = replaced_later_day(night.home, night.day)
            night.publication = publish(
                night.home, night.settings.limits, night.run_id, night.day, tables
            )
            with open_warehouse(night.home, night.settings.limits) as connection:
                record_landed(connection, night.run_id, night.day)
            if replaced:
                night.warnings.append(replaced)
            counts = night.publication.row_counts
            step.rows = sum(counts.values())
            step.note = f"{len(counts)} tables"
        for table, rows in counts.items():
            lineage = copied(("marts", table), types["marts", table])
            yield MaterializeResult(
                asset_key=["published", table],
                metadata={"dagster/row_count": rows, "dagster/column_lineage": lineage},
            )
        yield MaterializeResult(asset_key=about.key, metadata={"dagster/row_count": 1})

    return publish_marts


def _of(mart: AssetSpec) -> dict[str, Any]:
    """The columns with their descriptions, as dbt declares them, and the page about the table."""
    names = ["dagster/column_schema", "docs"]
    return {name: mart.metadata[name] for name in names if name in mart.metadata}
