"""raw/<source>/<entity>: what each source delivered."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    DagsterRun,
    MaterializeResult,
    ResourceParam,
    multi_asset,
)

from orchestration.assets.tables import schema_of
from orchestration.core.entity import Entity
from orchestration.core.errors import SourceError
from orchestration.resources import Night, Step
from orchestration.settings import Settings
from orchestration.sources.base import SourceConfig
from orchestration.sources.connectors.base import ConnectorSource
from orchestration.sources.delivery import Load

# Rows that a vendor delivered before it failed tonight are used, too.
_FAILED = "failed, what it delivered before is used"
_LOG_SECONDS = 60.0


def raw_key(source: str, entity: str) -> list[str]:
    return ["raw", source, entity]


def raw_assets(settings: Settings) -> list[AssetsDefinition]:
    """One step per source, which lands all its entities."""
    return [_source_assets(name, config) for name, config in settings.sources.items()]


def _source_assets(name: str, config: SourceConfig) -> AssetsDefinition:
    tables = {config.ledger_name(table): table for table in config.tables}

    @multi_asset(
        name=_step(name),
        specs=[_spec(name, config, entity) for entity in tables.values()],
    )
    def land_source(
        context: AssetExecutionContext, night: ResourceParam[Night]
    ) -> Iterator[MaterializeResult[None]]:
        with night.op_step(f"land {name}") as step:
            _begin(night, _of_run(night, context.run))
            loads, problem = _land(name, config, night, step, context.log.info)
            for told, entity in tables.items():
                mine = [load for load in loads if load.entity == told]
                yield MaterializeResult(
                    asset_key=raw_key(name, entity.name), metadata=_metadata(mine, problem)
                )

    return land_source


def _step(source: str) -> str:
    return f"land_{source}"


def _of_run(night: Night, run: DagsterRun) -> list[str]:
    """The sources whose steps the run has: all, unless a person chose some in the UI."""
    assets, steps = run.asset_selection, run.step_keys_to_execute
    return [
        name
        for name, config in night.settings.sources.items()
        if (steps is None or _step(name) in steps)
        and (
            not assets
            or any(AssetKey(raw_key(name, table.name)) in assets for table in config.tables)
        )
    ]


def _begin(night: Night, sources: Iterable[str]) -> None:
    """Begin to read the vendors' accounts among these sources, side by side."""
    for name in sources:
        config = night.settings.sources[name]
        if isinstance(config, ConnectorSource):
            night.landings.begin(name, partial(_landed, name, config, night))


def _landed(
    name: str, config: SourceConfig, night: Night, say: Callable[[str], None]
) -> list[Load]:
    from orchestration.sources.landing import land

    backfill = night.backfill
    window = (backfill.first, backfill.last) if backfill and backfill.source == name else None
    settings = night.settings
    return land(
        name,
        config,
        night.home,
        settings.limits,
        settings.folder,
        night.day,
        window=window,
        zone=settings.business.time_zone,
        say=say,
    )


def _land(
    name: str, config: SourceConfig, night: Night, step: Step, log: Callable[[str], None]
) -> tuple[list[Load], str | None]:
    """What was landed, and the error of an optional source, which may fail. `log` is given a line
    each minute of a long read, for the page of the run in the UI."""
    notes = []
    try:
        if isinstance(config, ConnectorSource):
            began = time.monotonic()
            loads = night.landings.ended(name, _teller(night, log))
            seconds = night.landings.seconds(name)
            if seconds > time.monotonic() - began + 1:
                notes.append(f"read in {seconds:.1f} s beside other sources")
        else:
            loads = _landed(name, config, night, night.progress.working)
    except SourceError as error:
        if config.required:
            raise
        night.warnings.append(f"source {name} is optional and {_FAILED}: {error}")
        step.note = f"optional and {_FAILED}: {error}"
        return [], str(error)
    night.loads += loads
    step.rows = sum(load.rows_loaded for load in loads)
    step.note = ", ".join(filter(None, [*notes, not_loaded(loads)]))
    return loads, None


def _teller(night: Night, log: Callable[[str], None]) -> Callable[[Mapping[str, str]], None]:
    """Tells what the sources that are still read do."""
    logged = time.monotonic()

    def tell(said: Mapping[str, str]) -> None:
        nonlocal logged
        line = "; ".join(f"{name}: {text.removeprefix(f'{name}: ')}" for name, text in said.items())
        night.progress.working(line)
        if line and time.monotonic() - logged >= _LOG_SECONDS:
            logged = time.monotonic()
            log(line)

    return tell


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
