"""`voronka dbt`: dbt on the warehouse of a home, with the variables of its latest build."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

from orchestration.core.errors import ConfigError
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.core.project import DBT_PROJECT
from orchestration.core.warehouse import open_warehouse
from orchestration.recipe import recorded_variables

# `python -m dbt.cli.main` warns, because the package imports the module before it is run. -P: a
# file in the working directory with the name of a module must not shadow that module.
_DBT = (sys.executable, "-P", "-c", "from dbt.cli.main import cli; cli(prog_name='dbt')")
_COMMANDS = {
    *("build", "clean", "clone", "compile", "debug", "deps", "docs", "init", "list", "ls", "parse"),
    *("retry", "run", "run-operation", "seed", "show", "snapshot", "source", "test"),
}
# Commands that consist of two words.
_PARTS = ("docs", "source")


def run_dbt(home: Home, arguments: Sequence[str]) -> int:
    """Run dbt with `arguments`, as `["build", "--select", "dim_date"]`; returns its exit status.

    Files that it writes are in `state/dbt/command` of the home. If it changes rows of incremental
    models, the next night rebuilds them. `docs serve` only reads these files, so it neither needs
    nor takes the lock of the home. Raises ConfigError if the home has no warehouse that a night has
    built, if another run holds the home, or if `arguments` give variables.
    """
    if not home.warehouse.exists():
        raise ConfigError(f"{home.warehouse} is not there: run `voronka nightly` first")
    if any(one == "--vars" or one.startswith("--vars=") for one in arguments):
        raise ConfigError(
            "option --vars is given by `voronka dbt`: the variables of the last night, expected no"
            " other; use plain dbt for others"
        )
    state = home.state / "dbt" / "command"
    command = _command(arguments)
    if command == ["docs", "serve"]:
        catalog = state / "target" / "catalog.json"
        if not catalog.exists():
            raise ConfigError(f"{catalog} is not there: run `voronka dbt docs generate` first")
        return _run(home, state, arguments)
    with home.locked():
        with open_warehouse(home, DuckDbLimits()) as warehouse:
            variables = recorded_variables(warehouse)
        if not variables:
            raise ConfigError(f"{home.warehouse} was not built yet: run `voronka nightly` first")
        # Without a command, as in `dbt --version`, dbt has no such option.
        given = ["--vars", yaml.safe_dump(variables)] if command else []
        return _run(home, state, [*arguments, *given])


def _command(arguments: Sequence[str]) -> list[str]:
    """The words of dbt's command, which may follow options; none if it is not whole."""
    place = next((place for place, one in enumerate(arguments) if one in _COMMANDS), None)
    if place is None:
        return []
    if arguments[place] not in _PARTS:
        return [arguments[place]]
    words = list(arguments[place : place + 2])
    return words if len(words) == 2 and not words[1].startswith("-") else []


def _run(home: Home, state: Path, arguments: Sequence[str]) -> int:
    options = {
        "PROJECT_DIR": str(DBT_PROJECT),
        "PROFILES_DIR": str(DBT_PROJECT),
        "TARGET_PATH": str(state / "target"),
        "LOG_PATH": str(state / "logs"),
        "SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    environment = {
        "VORONKA_DUCKDB_THREADS": str(DuckDbLimits().threads_beside_dbt()),
        **os.environ,
        # Options of a command have to follow it; variables of the environment need no place. dbt
        # prefers those that begin with DBT_ENGINE_.
        **{f"DBT_{name}": value for name, value in options.items()},
        **{f"DBT_ENGINE_{name}": value for name, value in options.items()},
        "VORONKA_WAREHOUSE": str(home.warehouse),
        "VORONKA_SPILL": str(home.state / "spill"),
        # The night wrote the declarations of the raw tables there.
        "VORONKA_RAW_SOURCES": str(home.state / "dbt" / "sources"),
    }
    return subprocess.run([*_DBT, *arguments], env=environment, check=False).returncode
