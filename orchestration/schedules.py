"""When the night runs: one job over every asset, one schedule, and what keeps the queue free."""

from collections.abc import Sequence

from dagster import (
    AssetSelection,
    DagsterRun,
    DagsterRunStatus,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    RunFailureSensorContext,
    RunStatusSensorContext,
    ScheduleDefinition,
    SensorDefinition,
    SensorEvaluationContext,
    SkipReason,
    define_asset_job,
    in_process_executor,
    run_failure_sensor,
    run_status_sensor,
)

from orchestration.core.home import Home
from orchestration.instance import COMMAND_LINE, CRASHED, forget_crashed_runs
from orchestration.notify.night import tell_failure, tell_published
from orchestration.publish import publications
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


def notify_sensors(settings: Settings, home: Home) -> Sequence[SensorDefinition]:
    """Tell people of the nights of the schedule and the UI, where the config names somebody. A
    night of the command line does it itself, unless its process died."""
    if not settings.notify.variables:
        return []

    @run_status_sensor(
        run_status=DagsterRunStatus.SUCCESS,
        name="tell_published",
        monitored_jobs=[nightly_job],
        default_status=DefaultSensorStatus.RUNNING,
        description="Sends the digest and new findings of a published night.",
    )
    def tell_of_success(context: RunStatusSensorContext) -> None:
        if not _is_of_command_line(context.dagster_run):
            for problem in tell_published(settings, home):
                context.log.warning(problem)

    @run_failure_sensor(
        name="tell_failure",
        monitored_jobs=[nightly_job],
        default_status=DefaultSensorStatus.RUNNING,
        description="Sends why a night failed or was refused, and what is still published.",
    )
    def tell_of_failure(context: RunFailureSensorContext) -> None:
        why = context.failure_event.message or ""
        if _is_of_command_line(context.dagster_run) and CRASHED not in why:
            return
        errors = (event.step_failure_data.error for event in context.get_step_failure_events())
        # Dagster puts the class of an error before its sentence.
        sentences = [
            error.message.splitlines()[0].split("Failure: ", 1)[-1] for error in errors if error
        ]
        run = context.dagster_run.run_id[:8]
        # If it has published, only a server did not take the marts.
        is_published = any(one.is_current and one.id.endswith(run) for one in publications(home))
        problems = tell_published(settings, home) if is_published else []
        told = sentences or [why]
        problems += tell_failure(settings, home, f"run {run}", told, is_published)
        for problem in problems:
            context.log.warning(problem)

    return [tell_of_success, tell_of_failure]


def _is_of_command_line(run: DagsterRun) -> bool:
    return COMMAND_LINE.items() <= run.tags.items()
