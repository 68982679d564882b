"""What the pages and the CI file name is there."""

import re
from pathlib import Path

import pytest

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
