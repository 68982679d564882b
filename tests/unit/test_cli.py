"""The command line: what it reads from the environment, and whose home it is."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from kits.shop import SHOP, make_shop, voronka_here
from orchestration import __version__, cli
from orchestration.core.home import Home

COMMANDS = typer.main.get_command(cli.app).commands


def test_every_command_with_a_config_or_a_home_reads_its_variable():
    read = {
        (name, parameter.name): parameter.envvar
        for name, command in COMMANDS.items()
        for parameter in command.params
        if parameter.name in ("config", "home")
    }
    assert {name for name, option in read if option == "config"} == {
        *("init", "nightly", "backfill", "doctor", "notify", "publish", "ui")
    }
    for (_, option), variable in read.items():
        assert variable == f"VORONKA_{option.upper()}"


@pytest.mark.parametrize("command", ["nightly", "ui"])
def test_without_a_config_the_demo_does_not_take_the_home_of_a_company(tmp_path: Path, command):
    home = Home(tmp_path / "home")
    home.prepare()
    home.claim("Acme")
    ended = voronka_here(command, "--home", home.root)
    assert ended.status == 2
    assert re.search(r"belongs to company `Acme`, .* company `Demo`", ended.text)


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


def test_the_version_is_printed():
    ended = voronka_here("--version")
    assert (ended.status, ended.out) == (0, f"voronka {__version__}\n")


def test_help_loads_no_database_and_no_dbt():
    """It answers at once: a command imports what it needs when it runs."""
    heavy = "{'duckdb', 'dbt', 'dagster', 'pandas', 'great_expectations', 'pydantic'}"
    code = f"import sys, orchestration.cli; print(*{heavy} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_every_command_that_prints_a_table_can_print_json():
    with_json = {
        name
        for name, command in COMMANDS.items()
        if any("--json" in parameter.opts for parameter in command.params)
    }
    assert with_json == {
        *("nightly", "backfill", "doctor", "check-purchase", "publications", "demo-vendors")
    }


def test_the_doctor_prints_the_findings_of_its_table_as_json(tmp_path):
    shop = make_shop(tmp_path)
    table, ended = shop.run("doctor"), shop.run("doctor", "--json")
    document = json.loads(ended.out)
    assert (ended.status, document["ok"]) == (0, True)
    assert [*document["findings"][0]] == ["what", "found", "ok", "advice"]
    assert all(finding["what"] in table.text for finding in document["findings"])
    assert "deals.csv: 4 rows" in ended.out


def test_the_doctor_says_what_to_do_next_about_all_it_complains_of(tmp_path):
    shop = make_shop(tmp_path)
    shop.write("voronka.toml", SHOP + '\n[notify]\ndigest_env = "NOWHERE"\n')
    shop.write("deals.csv", "id,stage\n1,won\n")
    shop.write("users.csv", "id,name\nu1,Anna\nu2,Boris,3\n")
    (tmp_path / "home").touch()
    ended = shop.run("doctor", "--json")
    ill = [finding for finding in json.loads(ended.out)["findings"] if not finding["ok"]]
    assert ended.status == 2
    assert {"home", "notify digest"} < {finding["what"] for finding in ill}
    assert [finding["what"] for finding in ill if not finding["advice"]] == []
    shop.write("voronka.toml", "[business]")
    broken = shop.run("doctor", "--json")
    (finding,) = (one for one in json.loads(broken.out)["findings"] if not one["ok"])
    assert f"Correct this in {tmp_path / 'voronka.toml'}" in finding["advice"]


def test_an_error_is_one_sentence_with_json_too(tmp_path):
    ended = voronka_here("publications", "--home", tmp_path / "nowhere", "--json")
    assert (ended.status, ended.out) == (2, "")
    assert "is not there" in ended.text


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_completes_commands_in_each_shell(shell):
    ended = voronka_here("completion", shell)
    assert ended.status == 0
    assert "_VORONKA_COMPLETE" in ended.out
    if shutil.which(shell):
        read = subprocess.run([shell, "-n"], input=ended.out, text=True, check=False)
        assert read.returncode == 0


def test_a_word_is_completed():
    words = {"_VORONKA_COMPLETE": "complete_bash", "COMP_WORDS": "voronka pub", "COMP_CWORD": "1"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in words.items():
            patch.setenv(name, value)
        ended = voronka_here("pub")
    assert ended.out.split() == ["publish", "publications"]
    assert voronka_here("completion", "csh").status == 2
