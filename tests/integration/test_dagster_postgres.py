"""Dagster's runs in a PostgreSQL database that an environment variable names."""

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from dagster import DagsterRunStatus, job, op

from kits.postgres import needs_postgres, postgres
from orchestration import instance as instances
from orchestration.core.errors import ConfigError
from orchestration.core.home import Home
from orchestration.instance import POSTGRES, open_instance, prepare_instance


@op
def nothing() -> None: ...


@job
def empty() -> None:
    nothing()


@pytest.fixture
def address(monkeypatch) -> Iterator[str]:
    with postgres() as url:
        monkeypatch.setenv(POSTGRES, url)
        yield url


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.prepare()
    return home


@needs_postgres
def test_runs_are_kept_in_the_database(home, address):
    with open_instance(home) as instance:
        done = empty.execute_in_process(instance=instance)
        assert done.success
    with open_instance(home) as instance:
        assert instance.get_run_by_id(done.run_id).status == DagsterRunStatus.SUCCESS
    with psycopg.connect(address) as connection:
        (events,) = connection.execute("select count(*) from event_logs").fetchone()
    assert events > 5
    assert not list(home.state.glob("dagster/**/*.db"))


@needs_postgres
def test_the_address_is_not_written_down(home, address):
    text = (prepare_instance(home) / "dagster.yaml").read_text()
    assert POSTGRES in text and address not in text


def test_a_database_that_cannot_be_reached_is_one_sentence(home, monkeypatch):
    monkeypatch.setenv(POSTGRES, "postgresql://voronka:secret@127.0.0.1:1/runs")
    with pytest.raises(ConfigError, match=POSTGRES) as caught, open_instance(home):
        pass
    assert "secret" not in str(caught.value)
    assert "expected one like postgresql://user:password@host/database" in str(caught.value)


def test_a_missing_library_is_named(home, monkeypatch):
    monkeypatch.setenv(POSTGRES, "postgresql://127.0.0.1/runs")
    monkeypatch.setattr(instances, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"pip install 'voronka\[postgres\]'"):
        prepare_instance(home)


def test_an_empty_variable_is_none(home, monkeypatch):
    monkeypatch.setenv(POSTGRES, "")
    assert "postgres" not in (prepare_instance(home) / "dagster.yaml").read_text()
    assert os.environ[POSTGRES] == ""
