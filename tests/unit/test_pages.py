"""What the pages and the CI file name is there."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
import tomlkit
from typer.main import get_command

from orchestration.cli import app
from orchestration.settings import load_settings

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob(".github/**/*.*")]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_paths_and_make_targets_exist(page):
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)", text)
    assert [link for link in links if not (page.parent / link).exists()] == []
    if page.name != "CHANGELOG.md":
        folders = "orchestration|data_quality|dbt_project|models|seeds|tests"
        paths = re.findall(rf"`((?:{folders})/[\w./-]+)`", text)
        assert [path for path in paths if not (ROOT / path).exists()] == []
    commands = re.findall(r"(?:^|`|run: )make ([a-z-]+)", text, re.MULTILINE)
    assert set(commands) <= TARGETS


WHOLE_CONFIGS = [
    (page, block)
    for page in PAGES
    for block in re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    if "[business]\nname" in block and "[sources." in block
]


@pytest.mark.parametrize(("page", "block"), WHOLE_CONFIGS, ids=lambda one: getattr(one, "name", ""))
def test_a_whole_config_of_a_page_is_valid(tmp_path, page, block):
    config = tmp_path / "voronka.toml"
    config.write_text(block, encoding="utf-8")
    assert load_settings(config).sources


def test_the_readme_has_a_whole_config():
    assert "README.md" in {page.name for page, _ in WHOLE_CONFIGS}


def test_dagster_code_has_no_sql():
    code = [
        path
        for folder in ("assets", "checks")
        for path in (ROOT / "orchestration" / folder).glob("*.py")
    ]
    assert code
    assert [path.name for path in code if re.search(r"\.(execute|sql)\(", path.read_text())] == []


BUSINESS = {"name": "A", "time_zone": "Europe/Moscow", "base_currency": "RUB", "country": "RU"}
FILES = {"type": "files", "time_zone": "UTC", "currency": "RUB"}
# The page about a new column names one that is not there.
PARTS = [
    (page, block)
    for page in PAGES
    if page.name != "change-an-entity.md"
    for block in re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
]


@pytest.mark.parametrize(("page", "block"), PARTS, ids=lambda one: getattr(one, "name", ""))
def test_a_part_of_a_config_is_valid_with_the_rest_around_it(tmp_path, page, block):
    part = tomllib.loads(block.replace('"AC..."', f'"AC{"0" * 32}"'))
    sources = part.get("sources", {"demo": {}})
    whole = part | {
        "business": BUSINESS | part.get("business", {}),
        "sources": {
            name: (FILES if "entities" in source else {"type": "demo"}) | source
            for name, source in sources.items()
        },
    }
    config = tmp_path / "voronka.toml"
    config.write_text(tomlkit.dumps(whole), encoding="utf-8")
    assert load_settings(config).sources


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_and_their_options_exist(page):
    known = get_command(app).commands
    for line in _commands(page.read_text(encoding="utf-8")):
        command, *words = shlex.split(line, comments=True)
        if command == "--version":
            continue
        assert command in known, line
        parameters = known[command].params
        options = {name for one in parameters for name in (*one.opts, *one.secondary_opts)}
        given = {word.split("=")[0] for word in words if word.startswith("-")}
        # What follows `voronka dbt` is dbt's.
        assert command == "dbt" or given <= options | {"--help"}, line


def _commands(text: str) -> list[str]:
    """What follows `voronka` in the blocks of commands and in the sentences of a page."""
    blocks = re.findall(r"```(?:sh|bash|console)\n(.*?)```", text, re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    found = [re.match(r"(?:\S*=\S+ )*(?:\S*/)?voronka (.+)", line.strip()) for line in lines]
    told = re.findall(r"`voronka ((?:[a-z]|--)[^`]*)`", text)
    return [one[1] for one in found if one] + told
