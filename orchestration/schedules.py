"""When the night runs: one job over every asset, one schedule, and what keeps the queue free."""

from dagster import (
    AssetSelection,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    ScheduleDefinition,
    SensorDefinition,
    SensorEvaluationContext,
    SkipReason,
    define_asset_job,
    in_process_executor,
)

from orchestration.core.home import Home
from orchestration.instance import COMMAND_LINE, forget_crashed_runs
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


def crashed_runs_sensor(home: Home) -> SensorDefinition:
    """Marks nights of the command line whose process died as failed: runs in the queue wait for
    them. A night of the command line holds the lock of the home until it ends. Dagster itself
    watches the runs that it starts."""

    def evaluate(context: SensorEvaluationContext) -> SkipReason:
        if home.is_locked:
            return SkipReason("a run is active")
        forget_crashed_runs(context.instance, tags=COMMAND_LINE)
        return SkipReason("no night of the command line is active")

    return SensorDefinition(
        name="crashed_runs",
        evaluation_fn=evaluate,
        minimum_interval_seconds=60,
        default_status=DefaultSensorStatus.RUNNING,
        description="Marks nights of the command line that crashed as failed; starts no run.",
    )
