"""The Python examples of docs/how-to/connect.md run as they stand, in a folder whose `var` is the
home of the demo company."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "connect.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
# Clients that the project does not install; the page says with which version they were tried.
NOT_HERE = re.compile(r"^import (polars|adbc_driver_duckdb)", re.MULTILINE)
RUN = [example for example in EXAMPLES if not NOT_HERE.search(example)]


# What is said of the rows that an example has found.
FOUND = """
named = [globals().get(name) for name in ("deals", "kpis", "channels")]
rows = [frame for frame in named if frame is not None]
assert all(len(frame) > 0 for frame in rows)
assert rows or metadata
"""


@pytest.mark.parametrize("example", RUN, ids=range(len(RUN)))
def test_an_example_runs_and_finds_rows(tmp_path, demo_home, example):
    """In a process of its own, as users run it: one process opens a file of DuckDB in one way."""
    (tmp_path / "var").symlink_to(demo_home.root)
    command = [sys.executable, "-c", example + FOUND]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_most_examples_are_run():
    assert len(RUN) == 5
    assert len(EXAMPLES) == 7
