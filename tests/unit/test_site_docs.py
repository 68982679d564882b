"""The docs site: it has every page of the repository and of the reference, and every link leads to
one of them. `make docs-site` checks the anchors."""

import re
import tomllib
from pathlib import Path

import pytest

from orchestration import site_docs
from orchestration.assets.model_docs import reading
from orchestration.core.entities import ENTITIES
from orchestration.core.project import ROOT


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    site_docs.write(folder)
    return folder


def test_every_page_is_in_the_navigation(site):
    config = tomllib.loads((site / "zensical.toml").read_text(encoding="utf-8"))["project"]
    listed = [page for section in config["nav"] for pages in section.values() for page in pages]
    pages = {page.relative_to(site / "pages").as_posix() for page in site.glob("pages/**/*.md")}
    tables = {page for page in pages if page.startswith("reference/tables/")}
    assert sorted(listed) == sorted(pages - tables)


def test_links_lead_to_files_of_the_site(site):
    for page in site.glob("pages/**/*.md"):
        text = page.read_text(encoding="utf-8")
        links = re.findall(r"\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)", text)
        assert [link for link in links if not (page.parent / link).exists()] == [], page


def test_what_is_no_page_is_named_without_a_link(site):
    page = (site / "pages" / "how-to" / "connect.md").read_text(encoding="utf-8")
    assert "](../../bi/superset)" in (ROOT / "docs/how-to/connect.md").read_text(encoding="utf-8")
    assert "bi/superset)" not in page and "`bi/superset` is a" in page


def test_the_reference_follows_the_code(site):
    reference = site / "pages" / "reference"
    mart = (reference / "tables" / "mart_manager_kpi.md").read_text(encoding="utf-8")
    assert "| `win_rate` | double | Win rate: crm_won_count / crm_closed_count" in mart
    assert (reference / "tables.md").read_text(encoding="utf-8").count("| [`") == len(
        list((reference / "tables").glob("*.md"))
    )
    entities = (reference / "entities.md").read_text(encoding="utf-8")
    assert [name for name in ENTITIES if f"## {name}\n" not in entities] == []
    commands = (reference / "commands.md").read_text(encoding="utf-8")
    assert "Usage: voronka nightly [OPTIONS]" in commands
    assert str(ROOT) not in commands


def test_the_link_of_a_published_table_leads_to_its_page(site, manifest_content):
    """The heading of the page is the table: the site makes `page.html` of `page.md`."""
    marts = [
        node
        for node in manifest_content["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] == "marts"
    ]
    pages = {page.stem for page in (site / "pages" / "reference" / "tables").glob("*.md")}
    assert {node["name"] for node in marts} == pages
    for node in marts:
        url = reading(node, "https://docs.example/voronka/")["docs"].value
        path = url.removeprefix("https://docs.example/voronka/")
        page = (site / "pages" / path).with_suffix(".md").read_text(encoding="utf-8")
        assert page.startswith(f"# {node['name']}\n"), url
