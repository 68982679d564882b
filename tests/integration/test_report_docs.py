"""The pages of docs/reports: each query runs on the night of the tests, asks one mart and gives
what the page shows."""

import re

import duckdb
import pytest

from kits.report import as_a_night_publishes
from orchestration.report_docs import FOLDER, answer, first_rows, index, named_reports, picture

REPORTS = named_reports()
# The tests' night has made-up scores; the ids of clients are hashed with a key of each home.
MADE_UP, HASHED = "data-completeness", re.compile(r"\b[0-9a-f]{32}\b")
# What a mark says to who cannot see it: its names and numbers.
MARK = re.compile(r'aria-label="([^"]*: [^"]*)"')
LARGEST = 1_500_000


@pytest.fixture(scope="module")
def marts(demo_home, tmp_path_factory):
    file = as_a_night_publishes(demo_home.published, tmp_path_factory.mktemp("reports"))
    with duckdb.connect(file, read_only=True) as connection:
        yield connection


@pytest.mark.parametrize("report", REPORTS, ids=lambda one: one.name)
def test_a_report_is_one_query_of_one_mart(report, marts):
    text = (FOLDER / f"{report.name}.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\b(?:from|join)\s+marts\.(\w+)", report.query)) == {report.mart}
    assert " join " not in report.query
    assert max(map(len, report.query.splitlines())) <= 112
    columns, rows = answer(marts, report)
    assert rows
    assert f"| {' | '.join(columns)} |" in text
    assert 3 <= len(re.findall(r"^- ", text.partition("## How to read it")[2], re.MULTILINE)) <= 6
    if report.name != MADE_UP:
        table = HASHED.sub("id", first_rows(columns, rows))
        assert table in HASHED.sub("id", text), "say `make reports`"


@pytest.mark.parametrize("report", REPORTS, ids=lambda one: one.name)
def test_a_picture_is_drawn_of_what_the_query_gives(report, marts):
    drawn = picture(report.name, *answer(marts, report))
    file = (FOLDER / "images" / f"{report.name}.svg").read_text(encoding="utf-8")
    found, kept = (HASHED.sub("id", " ".join(MARK.findall(svg))) for svg in (drawn, file))
    assert found.count(": ") > 5
    assert report.name == MADE_UP or found == kept, "say `make reports`"


def test_there_are_twenty_and_a_page_lists_them():
    assert len(REPORTS) == 20
    pages = {page.stem for page in FOLDER.glob("*.md")} - {"README"}
    assert pages == {report.name for report in REPORTS}
    assert {image.stem for image in FOLDER.glob("images/*")} == pages
    assert (FOLDER / "README.md").read_text(encoding="utf-8") == index(REPORTS), (
        "say `make reports`"
    )
    assert sum(image.stat().st_size for image in FOLDER.glob("images/*")) < LARGEST
