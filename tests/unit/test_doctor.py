"""`voronka doctor` says what the night would take for granted."""

from pathlib import Path

import pytest

from orchestration.doctor import diagnose
from orchestration.home import Home
from orchestration.settings import DEMO_CONFIG


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("RU", "RU", "public holidays of RU are known from 2016 to 2030"),
        ('"RU"', '"DE"', "no public holidays of DE are known: Monday to Friday are working days"),
        (
            "2026-06-30",
            "2031-06-30",
            "public holidays of RU are known from 2016 to 2030:"
            " since then Monday to Friday are working days",
        ),
    ],
)
def test_a_calendar_without_holidays_is_told(tmp_path: Path, old: str, new: str, sentence: str):
    config = tmp_path / "voronka.toml"
    config.write_text(DEMO_CONFIG.read_text().replace(old, new))
    findings = diagnose(config, Home(tmp_path / "home"))
    calendar = next(finding for finding in findings if finding.what == "calendar")
    assert calendar.found == sentence
    assert calendar.ok
