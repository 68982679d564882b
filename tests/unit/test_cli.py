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
        *("nightly", "backfill", "doctor", "notify", "ui")
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


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["publications", "--home", "nowhere"], "nowhere is not there"),
        (["restore", "x", "--home", "nowhere"], "nowhere is not there"),
        (["nightly", "--home", "file"], "is a file, expected a folder"),
        (["nightly", "--as-of", "2999-01-01"], "as_of 2999-01-01 is in the future"),
        (["ui", "--port", "99999"], "Invalid value for '--port'"),
    ],
)
def test_a_bad_command_line_is_one_sentence_and_status_2(
    tmp_path, monkeypatch, capsys, arguments, sentence
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["voronka", *arguments])
    Path("file").touch()
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err.replace("\n", " ")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
