"""published/report: what people read."""

from collections.abc import Iterator, Sequence

from dagster import (
    AssetExecutionContext,
    AssetsDefinition,
    AssetSpec,
    MaterializeResult,
    ResourceParam,
    multi_asset,
)

from orchestration.resources import Night


def report_asset(marts: Sequence[AssetSpec]) -> AssetsDefinition:
    """The report. A night whose report fails stays published: the failure is a warning."""
    report = AssetSpec(
        ["report", "index"],
        deps=[["published", mart.key.path[1]] for mart in marts],
        description="published/report/index.html: the pages made from the published marts.",
        group_name="report",
        kinds={"html"},
        skippable=True,
    )

    @multi_asset(name="report", specs=[report])
    def write_report(
        context: AssetExecutionContext, night: ResourceParam[Night]
    ) -> Iterator[MaterializeResult[None]]:
        from orchestration.report.build import build_report

        with night.optional_step("report") as step:
            built = build_report(night.home)
            step.note = f"{built.size / 1e6:.1f} MB"
            yield MaterializeResult(
                asset_key=report.key,
                metadata={"path": str(built.path), "size": built.size, "seconds": built.seconds},
            )

    return write_report
