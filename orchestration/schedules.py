"""When the night runs: one job over every asset, one schedule."""

from dagster import (
    AssetSelection,
    DefaultScheduleStatus,
    ScheduleDefinition,
    define_asset_job,
    in_process_executor,
)

from orchestration.settings import Settings

# One process for the whole night: a process per step would spend seconds on imports each time.
nightly_job = define_asset_job(
    "nightly",
    selection=AssetSelection.all(),
    executor_def=in_process_executor,
    description="Land every source, build the models, pass both gates and publish.",
)


def nightly_schedule(settings: Settings) -> ScheduleDefinition:
    """Every night at the hour of the config, when yesterday is over in the business zone."""
    hour = settings.schedule.hour
    return ScheduleDefinition(
        name="nightly",
        job=nightly_job,
        cron_schedule=f"0 {hour} * * *",
        execution_timezone=settings.business.time_zone,
        # Off by default, since some users open the UI only for the lineage; switch it on in the UI.
        default_status=DefaultScheduleStatus.STOPPED,
        description=f"Computes the day before, at {hour:02}:00 in the business zone.",
    )
