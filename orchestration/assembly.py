"""Puts the assets, the gates, the job and the schedule together."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from dagster import Definitions, in_process_executor

from orchestration.assets.ledger import identity_assets, ledger_specs
from orchestration.assets.models import mart_specs, model_assets
from orchestration.assets.published import published_assets
from orchestration.assets.raw import raw_assets
from orchestration.assets.report import report_asset
from orchestration.assets.servers import server_assets
from orchestration.checks.gates import gates
from orchestration.core.project import DBT_PROJECT
from orchestration.resources import Night, night_resource
from orchestration.schedules import (
    crashed_runs_sensor,
    nightly_job,
    nightly_schedule,
    notify_sensors,
)
from orchestration.transform import Dbt


def build_definitions(
    night: Night, lock: Callable[[], AbstractContextManager[None]], project: Path = DBT_PROJECT
) -> Definitions:
    """Fresh definitions for one night. `lock` is what a run holds its home with: the command line
    has it already when it comes here."""
    dbt = Dbt(night.home, night.settings.limits, night.settings.sources, project)
    docs_url = night.settings.business.docs_url
    marts = mart_specs(dbt, docs_url)
    return Definitions(
        assets=[
            *raw_assets(night.settings),
            identity_assets(),
            *model_assets(dbt, ledger_specs(night.settings), docs_url),
            published_assets(marts),
            report_asset(marts),
            *server_assets(night.settings, marts),
        ],
        asset_checks=gates(night.settings),
        jobs=[nightly_job],
        schedules=[nightly_schedule(night.settings)],
        sensors=[
            crashed_runs_sensor(night.home),
            *notify_sensors(night.settings, night.home),
        ],
        resources={"night": night_resource(night, lock)},
        executor=in_process_executor,
    )
