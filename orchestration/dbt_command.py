"""`voronka dbt`: dbt on the warehouse of a home, with the variables of its latest build."""

import os
import subprocess
import sys
from collections.abc import Sequence

import yaml

from orchestration.core.errors import ConfigError
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.core.project import DBT_PROJECT
from orchestration.core.warehouse import open_warehouse
from orchestration.recipe import recorded_variables

_PARTS = ("docs", "source")


def run_dbt(home: Home, arguments: Sequence[str]) -> int:
    """Run dbt with `arguments`, as `["build", "--select", "dim_date"]`; returns its exit status.

    Files that it writes are in `state/dbt/command` of the home. If it changes rows of incremental
    models, the next night rebuilds them. Raises ConfigError if the home
    has no warehouse that a night has built, or if another run holds the home.
    """
    if not home.warehouse.exists():
        raise ConfigError(f"{home.warehouse} is not there: run `voronka nightly` first")
    with home.locked():
        with open_warehouse(home, DuckDbLimits()) as warehouse:
            variables = recorded_variables(warehouse)
            if not variables:
                raise ConfigError(
                    f"{home.warehouse} was not built yet: run `voronka nightly` first"
                )
        state = home.state / "dbt" / "command"
        length = 2 if arguments[0] in _PARTS else 1
        command = [
            *(sys.executable, "-m", "dbt.cli.main", "--no-send-anonymous-usage-stats"),
            *("--log-path", str(state / "logs"), *arguments[:length]),
            *("--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)),
            *("--target-path", str(state / "target"), "--vars", yaml.safe_dump(variables)),
            *arguments[length:],
        ]
        environment = {
            **os.environ,
            "VORONKA_WAREHOUSE": str(home.warehouse),
            "VORONKA_SPILL": str(home.state / "spill"),
            # The night wrote the declarations of the raw tables there.
            "VORONKA_RAW_SOURCES": str(home.state / "dbt" / "sources"),
        }
        return subprocess.run(command, env=environment, check=False).returncode
