"""The Python examples of docs/how-to/connect.md run as they stand, in a folder whose `var` is the
home of the demo company."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "connect.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
# Clients that the project does not install; the page says with which version they were tried.
NOT_HERE = re.compile(r"^import (polars|adbc_driver_duckdb)", re.MULTILINE)
RUN = [example for example in EXAMPLES if not NOT_HERE.search(example)]


@pytest.mark.parametrize("example", RUN, ids=range(len(RUN)))
def test_an_example_runs_and_finds_rows(tmp_path, monkeypatch, demo_home, example):
    (tmp_path / "var").symlink_to(demo_home.root)
    monkeypatch.chdir(tmp_path)
    found: dict[str, object] = {}
    exec(compile(example, PAGE.name, "exec"), found)
    rows = [
        value for name in ("deals", "kpis", "channels") if (value := found.get(name)) is not None
    ]
    assert all(len(frame) > 0 for frame in rows)
    assert rows or found["metadata"]


def test_most_examples_are_run():
    assert len(RUN) == 5
    assert len(EXAMPLES) == 7
