"""`voronka ui` hands over to Dagster: what is set up before it does."""

import os
import signal
import tomllib
from pathlib import Path

import pytest
import yaml

from orchestration.core.home import Home
from orchestration.instance import CODE_LOCATION
from orchestration.ui import serve

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def handed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], dict]:
    """The command and the environment, where a shell has started the UI in the background."""
    taken = []
    monkeypatch.setattr(os, "execve", lambda *arguments: taken.append(arguments))
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        serve(Path("/etc/acme.toml"), Home(tmp_path / "home"), 3000)
        assert signal.getsignal(signal.SIGINT) == signal.SIG_DFL
    finally:
        signal.signal(signal.SIGINT, before)
    ((_, command, environment),) = taken
    return command, environment


def test_the_ui_ends_by_a_signal_also_in_the_background(handed_over, tmp_path):
    """Dagster treats SIGTERM as it does SIGINT, which a shell lets background commands ignore, and
    it leaves its code server to end by itself unless it is told to wait."""
    _, environment = handed_over
    config = yaml.safe_load((Path(environment["DAGSTER_HOME"]) / "dagster.yaml").read_text())
    assert config["code_servers"] == {"wait_for_local_processes_on_shutdown": True}


def test_the_ui_is_on_loopback_and_for_one_company_and_home(handed_over, tmp_path):
    command, environment = handed_over
    assert command[-4:] == ["--host", "127.0.0.1", "--port", "3000"]
    assert environment["VORONKA_CONFIG"] == "/etc/acme.toml"
    assert environment["VORONKA_HOME"] == str(tmp_path / "home")


def test_a_checkout_is_found_as_the_same_code_location():
    """By `dagster dev` without arguments and by `dg`; runs of the command line name it, too."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["dg"]["project"]
    assert f"{project['root_module']}.definitions" == CODE_LOCATION
    assert project["code_location_name"] == CODE_LOCATION
