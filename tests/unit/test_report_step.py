"""The report as a step: what it cannot do is one sentence, and a night goes on without it."""

import pytest

from orchestration.core.errors import ConfigError
from orchestration.core.home import Home
from orchestration.report import export
from orchestration.report.build import build_report
from orchestration.resources import Night
from orchestration.settings import DEMO_CONFIG, load_settings


class Told:
    """Keeps what a step tells."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def started(self, step: str) -> None:
        self.lines.append(("started", step))

    def finished(self, step: str, rows: int | None, seconds: float, note: str = "") -> None:
        self.lines.append(("finished", step))

    def failed(self, step: str, message: str) -> None:
        self.lines.append(("failed", step))


@pytest.fixture
def night(tmp_path) -> Night:
    return Night(load_settings(DEMO_CONFIG), Home(tmp_path), progress=Told())


def test_a_night_goes_on_without_its_report(night):
    with night.optional_step("report"):
        build_report(night.home)
    (warning,) = night.warnings
    assert warning.startswith("step report failed, the rest of the night is whole: ConfigError:")
    assert "has no published marts: run `voronka nightly` first" in warning
    assert night.errors == []
    assert night.progress.lines == [("started", "report"), ("failed", "report")]


def test_a_report_that_is_written_warns_of_nothing(night):
    with night.optional_step("report") as step:
        step.note = "1.8 MB"
    assert night.warnings == []
    assert night.progress.lines == [("started", "report"), ("finished", "report")]


def test_without_a_browser_nothing_is_printed(tmp_path, monkeypatch):
    monkeypatch.setattr(export.shutil, "which", lambda name: None)
    report = tmp_path / "index.html"
    with pytest.raises(ConfigError, match="--pdf needs Chromium or Chrome, none of chromium, "):
        export.export(report, "pdf", "ru")


def test_a_browser_that_fails_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(export.shutil, "which", lambda name: "/bin/false")
    with pytest.raises(ConfigError, match=r"/bin/false did not print file:///.*#overview"):
        export.export(tmp_path / "index.html", "pdf", "en")
