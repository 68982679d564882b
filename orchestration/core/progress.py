"""The progress of a night on the terminal: each step, its rows and its seconds."""

import time
from typing import Protocol

from rich.console import Console
from rich.markup import escape
from rich.status import Status

_EVERY_SECONDS = 60.0


class Progress(Protocol):
    """Is called for every step: `started`, then either `finished` or `failed`."""

    def started(self, step: str) -> None: ...

    def working(self, text: str) -> None:
        """What the running step does, every second or so."""

    def finished(self, step: str, rows: int | None, seconds: float, note: str = "") -> None:
        """`rows` is None where a step has no rows of its own."""

    def failed(self, step: str, message: str) -> None: ...


class SilentProgress:
    """Prints nothing: for tests and for runs of the Dagster UI."""

    def started(self, step: str) -> None:
        pass

    def working(self, text: str) -> None:
        pass

    def finished(self, step: str, rows: int | None, seconds: float, note: str = "") -> None:
        pass

    def failed(self, step: str, message: str) -> None:
        pass


class ConsoleProgress:
    """Prints one line per finished step; on a terminal also a spinner for the running one, else a
    line each minute of a long one."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._spinner: Status | None = None
        self._told = time.monotonic()

    def started(self, step: str) -> None:
        self._told = time.monotonic()
        if self._spinner:
            self._spinner.update(step)
        elif self._console.is_terminal:
            self._spinner = self._console.status(step)
            self._spinner.start()

    def working(self, text: str) -> None:
        if self._spinner:
            self._spinner.update(escape(text))
        elif time.monotonic() - self._told >= _EVERY_SECONDS:
            self._told = time.monotonic()
            self._console.print(f"  {escape(text)}", soft_wrap=True)

    def finished(self, step: str, rows: int | None, seconds: float, note: str = "") -> None:
        self._stop()
        counted = "" if rows is None else f"{rows:,} rows"
        line = f"[green]✓[/] {escape(f'{step:<28}')}{counted:>18}{seconds:>8.1f} s"
        told = f"{line}  [dim]{escape(note)}[/]" if note else line
        self._console.print(told, soft_wrap=True)

    def failed(self, step: str, message: str) -> None:
        self._stop()
        self._console.print(f"[red]✗[/] {escape(step)}")

    def _stop(self) -> None:
        if self._spinner:
            self._spinner.stop()
            self._spinner = None
