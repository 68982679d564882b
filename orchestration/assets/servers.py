"""servers/<server>: the published marts on the servers that the config names."""

from collections.abc import Iterator, Sequence

from dagster import AssetsDefinition, AssetSpec, MaterializeResult, ResourceParam, multi_asset

from orchestration.assets.published import FRESH
from orchestration.resources import Night
from orchestration.servers.serve import Server, servers_of
from orchestration.settings import Settings


def server_assets(settings: Settings, marts: Sequence[AssetSpec]) -> list[AssetsDefinition]:
    """One asset for each server, after the publication. Its failure leaves the files published."""
    return [_server_asset(server, marts) for server in servers_of(settings)]


def _server_asset(server: Server, marts: Sequence[AssetSpec]) -> AssetsDefinition:
    spec = AssetSpec(
        ["servers", server.name],
        deps=[["published", name] for name in (*(one.key.path[1] for one in marts), "publication")],
        description=f"The published tables in {server.place}, all of one night.",
        group_name="servers",
        kinds={server.name},
        freshness_policy=FRESH,
    )

    @multi_asset(name=f"publish_to_{server.name}", specs=[spec])
    def publish_to_server(night: ResourceParam[Night]) -> Iterator[MaterializeResult[None]]:
        with night.op_step(f"publish to {server.name}") as step:
            served = server.put(night.home, night.settings.limits)
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

    return publish_to_server
