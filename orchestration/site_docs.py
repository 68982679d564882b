"""The pages of the docs site: those of the repository, and a reference made from the code.

`make docs-site` writes them to var/site/pages and builds the site with Zensical from there. Nothing
of it is committed: the reference of tables, entities and commands follows the code by itself.
"""

import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.core.entities import ENTITIES
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.core.project import ROOT
from orchestration.markdown import table
from orchestration.transform import Dbt

# By page of the repository outside docs/, its page of the site.
_TOP = {"README.md": "index.md"} | {
    f"{name}.md": f"{name.lower()}.md" for name in ("CHANGELOG", "CONTRIBUTING", "SECURITY")
}
_LINK = re.compile(r"\]\((?!https?:)(?P<path>[^)#\s]+)(?P<anchor>#[^)]*)?\)")
_WORDS_AND_LINK = re.compile(rf"\[(?P<words>[^\]]*){_LINK.pattern}")
# GitHub takes the title of a block of code without quotes, the site does not.
_TITLE = re.compile(r"^(```\w+ title=)(\S+)$", re.MULTILINE)

_CONFIG = """# Written by `make docs-site`.
[project]
site_name = "Voronka"
site_description = "A batch ELT pipeline of sales analytics"
docs_dir = "pages"
site_dir = "html"
use_directory_urls = false
extra_css = ["site.css"]
nav = [
{nav}
]

[project.theme]
# Fonts of the reader's machine: the site asks no other host for anything.
font = false
features = ["navigation.sections", "navigation.top", "content.code.copy"]

[project.markdown_extensions.tables]
[project.markdown_extensions.toc]
[project.markdown_extensions.pymdownx.superfences]
[project.markdown_extensions.pymdownx.highlight]
"""

# Names of columns are not broken.
_STYLE = ".md-typeset td:first-child code { white-space: nowrap; word-break: normal; }\n"


def write(site: Path) -> None:
    """Write the pages and the config of the site into the folder `site`; what it holds goes."""
    pages = site / "pages"
    shutil.rmtree(pages, ignore_errors=True)
    for page in _repository_pages():
        target = pages / _place(page)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_relinked(page), encoding="utf-8")
    for image in (*ROOT.glob("docs/**/*.png"), *ROOT.glob("docs/**/*.svg")):
        target = pages / image.relative_to(ROOT / "docs")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(image, target)
    for name, text in reference().items():
        target = pages / "reference" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    (pages / "site.css").write_text(_STYLE, encoding="utf-8")
    (site / "zensical.toml").write_text(_CONFIG.format(nav=_nav(pages)), encoding="utf-8")


def _repository_pages() -> list[Path]:
    return [*(ROOT / name for name in _TOP), *sorted(ROOT.glob("docs/**/*.md"))]


def _place(page: Path) -> str:
    """Where a page of the repository is in the site."""
    name = page.relative_to(ROOT).as_posix()
    return _TOP.get(name) or name.removeprefix("docs/")


def _relinked(page: Path) -> str:
    """The text of a page with its links as they are in the site. What is linked and is no page of
    the site, such as a folder of code, is named without a link."""
    here = Path(_place(page)).parent

    def place(path: str) -> str | None:
        target = (page.parent / path).resolve()
        if target.is_dir() and (target / "README.md").exists():
            target /= "README.md"
        name = target.relative_to(ROOT).as_posix()
        is_there = name in _TOP or (name.startswith("docs/") and target.is_file())
        return os.path.relpath(_place(target), here) if is_there else None

    def unlink(found: re.Match[str]) -> str:
        return found[0] if place(found["path"]) else found["words"]

    def relink(found: re.Match[str]) -> str:
        return f"]({place(found['path'])}{found['anchor'] or ''})"

    text = _WORDS_AND_LINK.sub(unlink, page.read_text(encoding="utf-8"))
    text = _TITLE.sub(r'\1"\2"', text)
    return _LINK.sub(relink, text)


def reference() -> dict[str, str]:
    """By file name, the pages that are made from the code."""
    with TemporaryDirectory() as folder:
        home = Home(Path(folder))
        home.prepare()
        nodes = Dbt(home, DuckDbLimits()).manifest_content["nodes"].values()
    tables = sorted(
        (node for node in nodes if node["resource_type"] == "model" and node["schema"] == "marts"),
        key=lambda node: node["name"],
    )
    return {
        "tables.md": _tables(tables),
        **{f"tables/{node['name']}.md": _table(node) for node in tables},
        "entities.md": _entities(),
        "commands.md": _commands(),
    }


def _tables(nodes: Iterable[Mapping[str, Any]]) -> str:
    rows = [
        (f"[`{node['name']}`](tables/{node['name']}.md)", _sentence(node["description"]))
        for node in nodes
    ]
    return _page("Published tables", "", table(("table", "rows"), rows))


def _sentence(text: str) -> str:
    return re.split(r"(?<=[.;]) ", " ".join(text.split()))[0]


def _table(node: Mapping[str, Any]) -> str:
    rows = [
        (f"`{column['name']}`", column["data_type"] or "", " ".join(column["description"].split()))
        for column in node["columns"].values()
    ]
    return _page(node["name"], node["description"], table(("column", "type", "meaning"), rows))


def _entities() -> str:
    lines: list[str] = []
    for entity in ENTITIES.values():
        lines += ["", f"## {entity.name}", "", entity.description, ""]
        lines += [f"Key: {', '.join(f'`{column}`' for column in entity.key)}.", ""]
        rows = [
            (
                f"`{column.name}`",
                column.type,
                "yes" if column.required else "",
                ", ".join(column.allowed),
            )
            for column in entity.columns
        ]
        lines += table(("column", "type", "required", "values"), rows)
    return _page("Entities", "What a source can deliver, made from the code.", lines)


def _commands() -> str:
    lines: list[str] = []
    for command in app.registered_commands:
        name = command.name or command.callback.__name__  # type: ignore[union-attr]
        told = CliRunner().invoke(app, [name, "--help"], prog_name="voronka").output
        # A default may be a path of this checkout.
        lines += ["", f"## {name}", "", "```text", told.replace(f"{ROOT}/", "").strip(), "```"]
    return _page("Commands", "The help of each command.", lines)


def _page(title: str, introduction: str, lines: Iterable[str]) -> str:
    return "\n".join([f"# {title}", "", introduction.strip(), "", *lines, ""])


def _nav(pages: Path) -> str:
    """The navigation: by what a reader wants, in TOML."""
    how_to = sorted(f"how-to/{page.name}" for page in (pages / "how-to").glob("*.md"))
    tutorial = [
        "tutorial.md",
        "how-to/first-hour.md",
        "demo-company.md",
        "how-to/try-the-vendors.md",
    ]
    sections = {
        "Begin": ["index.md", *tutorial],
        "How to": [page for page in how_to if page not in tutorial],
        "Reports": sorted(f"reports/{page.name}" for page in (pages / "reports").glob("*.md")),
        "Reference": [
            "contract.md",
            "reference/commands.md",
            "reference/config.md",
            "reference/entities.md",
            "reference/tables.md",
            "reference/lists.md",
            "channels.md",
            "vendor-limits.md",
            "changelog.md",
        ],
        "Explanation": [
            "architecture.md",
            "naming.md",
            "forecast.md",
            "benchmarks.md",
            "contributing.md",
            "security.md",
            *sorted(f"decisions/{page.name}" for page in (pages / "decisions").glob("*.md")),
        ],
    }
    # JSON's lists of texts are TOML's too.
    return "\n".join(
        f'  {{ "{title}" = {json.dumps(listed)} }},' for title, listed in sections.items()
    )


if __name__ == "__main__":
    write(Path(sys.argv[1]))
