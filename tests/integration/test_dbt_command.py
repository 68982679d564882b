"""`voronka dbt`: an analyst's dbt has the variables of the last night, or none."""

import subprocess
from types import SimpleNamespace

import duckdb
import pytest
import yaml
from dbt.cli.main import dbtRunner

from orchestration.core.errors import ConfigError
from orchestration.core.home import Home
from orchestration.core.project import DBT_PROJECT
from orchestration.core.warehouse import create_ledger
from orchestration.dbt_command import run_dbt
from orchestration.recipe import record_variables

VARIABLES = {"as_of": "2026-06-30", "time_zone": "Asia/Omsk", "channel_rules": [{"a": "b"}]}


@pytest.fixture
def home(tmp_path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    return home


@pytest.fixture
def built(home) -> Home:
    with duckdb.connect(home.warehouse) as warehouse:
        create_ledger(warehouse)
        record_variables(warehouse, VARIABLES)
    return home


@pytest.fixture
def ran(monkeypatch) -> list[tuple[list[str], dict[str, str]]]:
    """What would have been run: each command with its environment."""
    commands = []

    def run(command, env, check):
        commands.append((command, env))
        return SimpleNamespace(returncode=1)

    monkeypatch.setattr(subprocess, "run", run)
    return commands


def test_dbt_gets_the_variables_of_the_last_build_and_its_status_is_returned(built, ran):
    assert run_dbt(built, ["docs", "generate", "--static"]) == 1
    ((command, environment),) = ran
    assert yaml.safe_load(command[command.index("--vars") + 1]) == VARIABLES
    assert command.index("generate") == command.index("docs") + 1
    assert command[-1] == "--static"
    assert environment["VORONKA_WAREHOUSE"] == str(built.warehouse)
    assert str(built.state) in command[command.index("--target-path") + 1]


def test_a_home_that_no_night_has_built_is_refused(home, ran):
    for _ in range(2):
        with pytest.raises(ConfigError, match="run `voronka nightly` first"):
            run_dbt(home, ["build"])
        with duckdb.connect(home.warehouse) as warehouse:
            create_ledger(warehouse)
    assert ran == []


def test_plain_dbt_with_other_variables_is_refused(built, parsed, tmp_path, monkeypatch):
    monkeypatch.setenv("VORONKA_WAREHOUSE", str(built.warehouse))
    where = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    where += ["--target-path", str(tmp_path / "target"), "--log-path", str(tmp_path / "logs")]
    build = ["--quiet", "build", *where, "--select", "kpis"]
    refused = dbtRunner(manifest=parsed).invoke([*build, "--vars", "{time_zone: Europe/Moscow}"])
    assert "variables channel_rules, time_zone differ" in str(refused.exception)
    assert dbtRunner(manifest=parsed).invoke([*build, "--vars", yaml.safe_dump(VARIABLES)]).success
