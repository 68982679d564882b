"""What the pages and the CI file name is there."""

import re
from pathlib import Path

import pytest

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
