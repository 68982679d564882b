"""The command line: what it reads from the environment, and whose home it is."""

from pathlib import Path

import pytest
import typer

from orchestration import cli
from orchestration.core.errors import ConfigError
from orchestration.core.home import Home
from orchestration.settings import DEMO_CONFIG

COMMANDS = typer.main.get_command(cli.app).commands


def test_every_command_with_a_config_or_a_home_reads_its_variable():
    read = {
        (name, parameter.name): parameter.envvar
        for name, command in COMMANDS.items()
        for parameter in command.params
        if parameter.name in ("config", "home")
    }
    assert {name for name, option in read if option == "config"} == {
        *("nightly", "backfill", "doctor", "ui")
    }
    for (_, option), variable in read.items():
        assert variable == f"VORONKA_{option.upper()}"


@pytest.mark.parametrize("command", ["nightly", "ui"])
def test_without_a_config_the_demo_does_not_take_the_home_of_a_company(tmp_path: Path, command):
    home = Home(tmp_path / "home")
    home.prepare()
    home.claim("Acme")
    with pytest.raises(ConfigError, match=r"belongs to company `Acme`, .* company `Demo`"):
        getattr(cli, command)(DEMO_CONFIG, home.root)
