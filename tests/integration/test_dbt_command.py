"""`voronka dbt`: an analyst's dbt has the variables of the last night, or none."""

import shutil
import subprocess
from types import SimpleNamespace

import duckdb
import pytest
import yaml
from dbt.cli.main import dbtRunner

from orchestration.core.errors import ConfigError
from orchestration.core.home import Home
from orchestration.core.limits import DBT_THREADS, DuckDbLimits
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
    assert command[-3] == "--static"
    assert environment["VORONKA_WAREHOUSE"] == str(built.warehouse)
    assert environment["DBT_PROJECT_DIR"] == str(DBT_PROJECT)
    assert str(built.state) in environment["DBT_TARGET_PATH"]


def test_dbt_by_hand_takes_the_cores_that_a_night_takes_unless_told_otherwise(
    built, ran, monkeypatch
):
    run_dbt(built, ["run"])
    monkeypatch.setenv("VORONKA_DUCKDB_THREADS", "7")
    run_dbt(built, ["run"])
    (_, by_itself), (_, told) = ran
    assert by_itself["VORONKA_DUCKDB_THREADS"] == str(DuckDbLimits().threads_beside_dbt())
    assert told["VORONKA_DUCKDB_THREADS"] == "7"


def test_the_profile_has_the_threads_that_those_of_the_database_stand_beside():
    profiles = yaml.safe_load((DBT_PROJECT / "profiles.yml").read_text())
    assert profiles["voronka"]["outputs"]["duckdb"]["threads"] == DBT_THREADS


@pytest.mark.parametrize(
    ("arguments", "has_variables"),
    [
        (["--quiet", "run", "--select", "kpis"], True),
        (["--log-level", "none", "source", "freshness"], True),
        (["--version"], False),
        (["docs", "--help"], False),
    ],
)
def test_the_variables_follow_the_command_wherever_it_is(built, ran, arguments, has_variables):
    run_dbt(built, arguments)
    ((command, _),) = ran
    assert command[4 : 4 + len(arguments)] == arguments
    assert ("--vars" in command) == has_variables


def test_other_variables_are_refused(built, ran):
    for given in (["--vars", "{as_of: 2026-01-01}"], ["--vars={as_of: 2026-01-01}"]):
        with pytest.raises(ConfigError, match="--vars is given by `voronka dbt`"):
            run_dbt(built, ["show", *given])
    assert ran == []


def test_pages_are_served_while_a_night_runs(built, ran):
    with pytest.raises(ConfigError, match="run `voronka dbt docs generate` first"):
        run_dbt(built, ["docs", "serve"])
    assert ran == []
    target = built.state / "dbt" / "command" / "target"
    target.mkdir(parents=True)
    (target / "catalog.json").touch()
    with built.locked(), duckdb.connect(built.warehouse):
        assert run_dbt(built, ["docs", "serve", "--no-browser"]) == 1
        with pytest.raises(ConfigError, match="another run is active"):
            run_dbt(built, ["run", "--select", "docs", "serve"])
    assert len(ran) == 1


def test_dbt_itself_takes_options_before_the_command(built, capfd):
    shutil.copytree(DBT_PROJECT / "demo_sources", built.state / "dbt" / "sources")
    arguments = ["--quiet", "ls", "--select", "kpis", "--output", "name"]
    assert run_dbt(built, arguments) == 0
    said = capfd.readouterr()
    assert said.out.split()[0] == "kpis"
    assert "Warning" not in said.err


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
