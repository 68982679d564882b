"""servers/<server>: the published marts on the servers that the config names."""

from collections.abc import Iterator, Sequence

from dagster import AssetsDefinition, AssetSpec, MaterializeResult, ResourceParam, multi_asset

from orchestration.assets.published import FRESH
from orchestration.resources import Night
from orchestration.servers.serve import place_of, serve_postgres
from orchestration.settings import PostgresServer, Settings


def server_assets(settings: Settings, marts: Sequence[AssetSpec]) -> list[AssetsDefinition]:
    """One asset for each server, after the publication. Its failure leaves the files published."""
    server = settings.publish.postgres
    return [_postgres_asset(server, marts)] if server else []


def _postgres_asset(server: PostgresServer, marts: Sequence[AssetSpec]) -> AssetsDefinition:
    spec = AssetSpec(
        ["servers", "postgres"],
        deps=[["published", name] for name in (*(one.key.path[1] for one in marts), "publication")],
        description=f"The published tables in {place_of(server)}, all of one night.",
        group_name="servers",
        kinds={"postgres"},
        freshness_policy=FRESH,
    )

    @multi_asset(name="publish_to_postgres", specs=[spec])
    def publish_to_postgres(night: ResourceParam[Night]) -> Iterator[MaterializeResult[None]]:
        with night.op_step("publish to postgres") as step:
            served = serve_postgres(server, night.home, night.settings.limits)
            step.rows = sum(served.rows.values())
            step.note = f"{len(served.rows)} tables"
        yield MaterializeResult(
            asset_key=spec.key,
            metadata={
                "dagster/row_count": step.rows,
                "rows": served.rows,
                "publication": served.publication,
                "as_of": served.as_of.isoformat(),
                "seconds": served.seconds,
            },
        )

    return publish_to_postgres
