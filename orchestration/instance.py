"""Where Dagster keeps its runs: a folder under the home with its own settings, and in it SQLite; or
a PostgreSQL database that an environment variable names."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, RunsFilter
from dagster._core.definitions.repository_definition import SINGLETON_REPOSITORY_NAME
from dagster._core.remote_origin import (
    RegisteredCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.storage.tags import REPOSITORY_LABEL_TAG

from orchestration.core.errors import ConfigError
from orchestration.core.home import Home

# The module that the UI loads is also the name of its code location.
CODE_LOCATION = "orchestration.definitions"

# A run of the command line, which no daemon watches.
COMMAND_LINE = {"voronka/started_by": "command line"}

# Why a run failed whose process died.
CRASHED = "the process of this run has died"

# The warehouse has one writer: runs of the UI and of the schedule wait in a queue. Output of the
# steps is not captured: that takes a process per step, and events and metadata have the results.
# The UI waits for its code server to end.
_CONFIG = """\
telemetry:
  enabled: false
nux:
  enabled: false
concurrency:
  runs:
    max_concurrent_runs: 1
code_servers:
  wait_for_local_processes_on_shutdown: true
compute_logs:
  module: dagster.core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
"""
_SQLITE = """\
event_log_storage:
  module: orchestration.event_log
  class: KeptSqliteEventLogStorage
  config:
    base_dir: {history}
"""

# The address of a database for the runs, as postgresql://user:password@host/database. It has a
# password, so Dagster reads it from the environment, too.
POSTGRES = "VORONKA_DAGSTER_POSTGRES"
_POSTGRES = f"""\
storage:
  postgres:
    postgres_url:
      env: {POSTGRES}
"""


def prepare_instance(home: Home) -> Path:
    """The folder to name in DAGSTER_HOME, with dagster.yaml in it. Raises ConfigError if PostgreSQL
    is asked for without the library for it."""
    folder = home.state / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    if os.environ.get(POSTGRES):
        if not find_spec("dagster_postgres"):
            raise ConfigError(
                f"{POSTGRES} is set, but the library dagster-postgres is not installed:"
                " pip install 'voronka[postgres]'"
            )
        storage = _POSTGRES
    else:
        # JSON is valid YAML, and it escapes any character of the path.
        storage = _SQLITE.format(history=json.dumps(str(folder / "history" / "runs")))
    (folder / "dagster.yaml").write_text(_CONFIG + storage)
    return folder


@contextmanager
def open_instance(home: Home) -> Iterator[DagsterInstance]:
    """The record of runs that the UI shows too. Raises ConfigError if it is in a database and this
    cannot be used."""
    folder = prepare_instance(home)
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
    # Events that Dagster makes together are stored together; without it, one by one.
    os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "1000")
    with _instance(folder) as instance:
        yield instance


def _instance(folder: Path) -> DagsterInstance:
    try:
        return DagsterInstance.from_config(str(folder))
    except Exception as error:
        if not os.environ.get(POSTGRES):
            raise
        # The reason may hold the address with its password.
        raise ConfigError(
            f"the database in {POSTGRES} cannot be used ({type(error).__name__}), expected one like"
            " postgresql://user:password@host/database on a server that runs"
        ) from None


def place_in_code_location(instance: DagsterInstance, run: DagsterRun) -> None:
    """Tag a run of the command line with its code location: without the tag, the UI does not show
    it on the timeline and on the page of the job. Runs of the UI have the tag."""
    if run.remote_job_origin:
        return
    location = RegisteredCodeLocationOrigin(CODE_LOCATION)
    repository = RemoteRepositoryOrigin(location, SINGLETON_REPOSITORY_NAME)
    instance.add_run_tags(run.run_id, {REPOSITORY_LABEL_TAG: repository.get_label()})
    placed = instance.get_run_by_id(run.run_id)
    assert placed is not None, f"run {run.run_id} is at work"
    instance.run_storage.replace_job_origin(placed, RemoteJobOrigin(repository, run.job_name))


def forget_crashed_runs(
    instance: DagsterInstance, run_id: str = "", tags: Mapping[str, str] | None = None
) -> None:
    """Mark runs whose process died as failed; otherwise Dagster shows them as running for ever, and
    the queue waits for them.

    Only while no other run can be active: the run `run_id` holds the lock of the home, or nobody
    does. `tags`: only runs with these tags.
    """
    unfinished = RunsFilter(
        statuses=[DagsterRunStatus.STARTING, DagsterRunStatus.STARTED], tags=tags
    )
    for run in instance.get_runs(filters=unfinished):
        if run.run_id != run_id:
            instance.report_run_failed(run, CRASHED)
