"""raw/<source>/<entity>: what each source delivered."""

from collections.abc import Iterator
from typing import Any

from dagster import AssetsDefinition, AssetSpec, MaterializeResult, ResourceParam, multi_asset

from orchestration.assets.tables import schema_of
from orchestration.core.entity import Entity
from orchestration.core.errors import SourceError
from orchestration.resources import Night, Step
from orchestration.settings import Settings
from orchestration.sources.base import SourceConfig
from orchestration.sources.delivery import Load

# Rows that a vendor delivered before it failed tonight are used, too.
_FAILED = "failed, what it delivered before is used"


def raw_key(source: str, entity: str) -> list[str]:
    return ["raw", source, entity]


def raw_assets(settings: Settings) -> list[AssetsDefinition]:
    """One step per source, which lands all its entities."""
    return [_source_assets(name, config) for name, config in settings.sources.items()]


def _source_assets(name: str, config: SourceConfig) -> AssetsDefinition:
    tables = {config.ledger_name(table): table for table in config.tables}

    @multi_asset(
        name=f"land_{name}",
        specs=[_spec(name, config, entity) for entity in tables.values()],
    )
    def land_source(night: ResourceParam[Night]) -> Iterator[MaterializeResult[None]]:
        with night.op_step(f"land {name}") as step:
            loads, problem = _land(name, config, night, step)
            for told, entity in tables.items():
                mine = [load for load in loads if load.entity == told]
                yield MaterializeResult(
                    asset_key=raw_key(name, entity.name), metadata=_metadata(mine, problem)
                )

    return land_source


def _land(
    name: str, config: SourceConfig, night: Night, step: Step
) -> tuple[list[Load], str | None]:
    """What was landed, and the error of an optional source, which may fail."""
    from orchestration.sources.landing import land

    backfill = night.backfill
    window = (backfill.first, backfill.last) if backfill and backfill.source == name else None
    settings = night.settings
    try:
        loads = land(
            name,
            config,
            night.home,
            settings.limits,
            settings.folder,
            night.day,
            window=window,
            zone=settings.business.time_zone,
            say=night.progress.started,
        )
    except SourceError as error:
        if config.required:
            raise
        night.warnings.append(f"source {name} is optional and {_FAILED}: {error}")
        step.note = f"optional and {_FAILED}: {error}"
        return [], str(error)
    night.loads += loads
    step.rows = sum(load.rows_loaded for load in loads)
    step.note = not_loaded(loads)
    return loads, None


def not_loaded(loads: list[Load]) -> str:
    """The numbers of rows not loaded, with the reasons, for the line of the step."""
    fates = {
        "in quarantine": sum(load.rows_quarantined for load in loads),
        "left out by the mapping": sum(load.rows_filtered for load in loads),
    }
    return ", ".join(
        f"{rows:,} row{'' if rows == 1 else 's'} {fate}" for fate, rows in fates.items() if rows
    )


def _spec(name: str, config: SourceConfig, entity: Entity) -> AssetSpec:
    return AssetSpec(
        raw_key(name, entity.name),
        description=f"{entity.name.replace('_', ' ').capitalize()} as source `{name}` delivered"
        " them, typed; a row that could not be read or breaks a key is in ledger.quarantine.",
        group_name="raw",
        kinds={"duckdb"},
        metadata={
            "dagster/column_schema": schema_of(entity),
            "dagster/table_name": f"raw_{name}.{entity.name}",
            "required": config.required,
        },
    )


def _metadata(loads: list[Load], problem: str | None) -> dict[str, Any]:
    if problem:
        return {"problem": problem}
    return {
        "dagster/row_count": sum(load.rows_loaded for load in loads),
        "rows_delivered": sum(load.rows_delivered for load in loads),
        "rows_quarantined": sum(load.rows_quarantined for load in loads),
        "rows_superseded": sum(load.rows_superseded for load in loads),
        "rows_left_out": sum(load.rows_filtered for load in loads),
        "files": ", ".join(load.file for load in loads if load.file),
    }
