"""What a person is told: in one line, and whatever signs it holds."""

import io

from rich.console import Console

from orchestration.core.errors import SourceError
from orchestration.core.progress import ConsoleProgress


def test_a_note_is_no_markup():
    shown = io.StringIO()
    progress = ConsoleProgress(Console(file=shown, width=200))
    progress.finished("land crm", 2, 0.1, "left out: deals [/b] [red].csv is empty")
    progress.failed("land [/b]", "")
    assert "left out: deals [/b] [red].csv is empty" in shown.getvalue()
    assert "land [/b]" in shown.getvalue()


def test_an_error_is_one_line():
    assert str(SourceError("a\nb.csv has no column `x\r\ny`")) == "a b.csv has no column `x y`"


def test_a_log_has_a_line_each_minute_of_a_long_step(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("orchestration.core.progress.time.monotonic", lambda: now[0])
    shown = io.StringIO()
    progress = ConsoleProgress(Console(file=shown, width=200))
    progress.started("land crm")
    for second in range(1, 151):
        now[0] = second
        progress.working(f"crm: [deals] {second} rows so far")
    assert shown.getvalue().splitlines() == [
        "  crm: [deals] 60 rows so far",
        "  crm: [deals] 120 rows so far",
    ]
