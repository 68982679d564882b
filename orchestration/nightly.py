"""The whole night in this process: the same job that the Dagster UI and the schedule run."""

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date

from dagster import ExecuteInProcessResult

from data_quality.checks import CheckResult
from orchestration import disk
from orchestration.assembly import build_definitions
from orchestration.core.errors import ServerError, first_of
from orchestration.core.home import Home
from orchestration.core.progress import Progress
from orchestration.instance import COMMAND_LINE, open_instance
from orchestration.publish import Publication
from orchestration.resources import Backfill, Night
from orchestration.settings import Settings
from orchestration.sources.delivery import Load

__all__ = ["Backfill", "NightResult", "run_night"]

# `progress` prints one line per step, so Dagster's own output to the terminal is left out.
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


# Dagster's error in a run that a person ended.
_INTERRUPTED = "DagsterExecutionInterruptedError"


@dataclass(frozen=True)
class NightResult:
    """A published night: what was landed, what the gates found, and warnings for the user.
    `unserved`: why a server of the config did not take the marts."""

    publication: Publication
    loads: list[Load]
    warnings: list[str]
    found: list[CheckResult]
    unserved: list[ServerError]


def run_night(
    settings: Settings,
    home: Home,
    as_of: date,
    progress: Progress,
    backfill: Backfill | None = None,
    full_refresh: bool = False,
    adopt: bool = False,
) -> NightResult:
    """Land, build, audit and publish the night of `as_of`.

    Raises the first error that stopped it (ConfigError, SourceError or AuditRefusedError), with the
    other errors as its notes, and KeyboardInterrupt where a person ended it. Nothing is published
    then; the previous publication stays. A server that does not take the marts is not such an
    error: the files are published.
    """
    home.prepare()
    disk.refuse_full(home)
    night = Night(settings, home, as_of, progress, backfill, full_refresh, adopt)
    try:
        with home.locked(), open_instance(home) as instance:
            with night.step("read models"):
                definitions = build_definitions(night, nullcontext)
                job = definitions.resolve_job_def("nightly")
            result = job.execute_in_process(
                run_config=_QUIET, instance=instance, tags=COMMAND_LINE, raise_on_error=False
            )
    except Exception as error:
        # Dagster's event log is on the same disk.
        if full := disk.explained(error, home):
            raise full from None
        raise
    unserved = [error for error in night.errors if isinstance(error, ServerError)]
    if night.publication and unserved and unserved == night.errors:
        return NightResult(night.publication, night.loads, night.warnings, night.found, unserved)
    if night.errors:
        for failure in night.errors:
            if isinstance(failure, disk.DiskFullError):
                raise failure
        raise first_of(night.errors)
    if not result.success or night.publication is None:
        failures = _failures(result)
        if _INTERRUPTED in failures:
            raise KeyboardInterrupt
        raise RuntimeError(f"Dagster run {result.run_id} failed: {failures}")
    return NightResult(night.publication, night.loads, night.warnings, night.found, [])


def _failures(result: ExecuteInProcessResult) -> str:
    """The whole text of failures that no step of the night has reported: a bug."""
    failures = [event for event in result.all_events if event.is_failure]
    return "\n".join(str(event.event_specific_data) for event in failures)
