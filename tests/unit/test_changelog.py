"""The changelog and the version say the same."""

import re
from pathlib import Path

from orchestration import __version__

CHANGELOG = (Path(__file__).parents[2] / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_newest_release_is_the_version():
    first, *releases = re.findall(r"^## (.+)$", CHANGELOG, re.MULTILINE)
    assert first == "Unreleased"
    numbers = []
    for release in releases:
        number = re.fullmatch(r"(\d+\.\d+\.\d+) - \d{4}-\d\d-\d\d", release)
        assert number, f"{release}, expected e.g. 0.2.0 - 2026-12-01"
        numbers.append(number[1])
    assert numbers == sorted(numbers, key=lambda one: [*map(int, one.split("."))], reverse=True)
    # Before the first release the version is the one that is being made.
    assert numbers[:1] in ([], [__version__])
