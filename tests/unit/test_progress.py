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
