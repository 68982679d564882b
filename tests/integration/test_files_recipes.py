"""The examples of docs/how-to/files.md: each export lands as the page says."""

import csv
import io
import re
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest

from kits.files import deliver, loaded, quarantined

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "files.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```(\w+)(?: title=(\S+))?\n(.*?)```", flags=re.DOTALL)
EXAMPLES = dict(
    part.split("\n", 1) for part in PAGE.partition("## Nine real files")[2].split("\n### ")[1:]
)


def test_there_are_nine():
    assert len(EXAMPLES) == 9


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_of_the_page(tmp_path, name):
    *files, (_, _, toml), (_, entity, lands) = BLOCK.findall(EXAMPLES[name])
    [[mapping]] = [
        source["entities"].values() for source in tomllib.loads(toml)["sources"].values()
    ]
    for _, file, content in files:
        text = content.encode(mapping.get("encoding", "utf-8"))
        (tmp_path / file).write_bytes(text)
    # Times of the page are those of the source: UTC shows them as they are.
    settings = 'time_zone = "UTC"\ncurrency = "RUB"\n'
    delivery = deliver(tmp_path, settings + re.sub(r"sources\.\w+", "sources.crm", toml))
    assert quarantined(delivery) == []
    columns, *rows = csv.reader(io.StringIO(lands))
    texts = ", ".join(f"cast({column} as varchar)" for column in columns)
    found = [list(row) for row in loaded(delivery, entity, texts)]
    assert [_plain(columns, row) for row in found] == [_plain(columns, row) for row in rows]


def _plain(columns: list[str], row: list[str | None]) -> list[object]:
    """A row of text: money by its value, an empty cell as no value."""
    money = ("amount", "spend", "value")
    return [
        Decimal(value) if value and column in money else value or None
        for column, value in zip(columns, row, strict=True)
    ]
