"""Nights that are killed: a process of its own lands a vendor, until SIGKILL ends it."""

import multiprocessing
import os
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Mapping
from ctypes import c_double
from dataclasses import dataclass
from datetime import date
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from kits.vendors import land_vendor, passing
from orchestration.core.home import Home
from orchestration.emulators.company import LAST_DAY
from orchestration.sources import raw
from orchestration.sources.connectors import slices as landing
from orchestration.sources.connectors.base import ConnectorSource

# Of `raw`, in their order: the merge of a slice, how far it was read, the ledger.
_STEPS = ("load", "upsert", "record")
# What a night imports is imported once, by the process that all nights are forked from.
_NIGHTS = multiprocessing.get_context("forkserver")
_NIGHTS.set_forkserver_preload(["httpx", "orchestration.sources.landing"])
Counted = SimpleQueue | None


class Deadly:
    """A service that counts what it is asked, and calls `kill` at the request of number `at`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.asked = self.at = 0
        self.kill: Callable[[], None] = lambda: None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        if self.asked == self.at:
            self.kill()
        await self.app(scope, receive, send)


def copied(home: Home, folder: Path) -> Home:
    """The same home at another place."""
    return Home(shutil.copytree(home.root, folder))


@dataclass(frozen=True)
class Night:
    """The landing of a vendor, in a process that shares the time of this one.

    Moments to be killed at, by kind and number: `asked`, when the vendor is asked; `load`,
    `remember` and `record`, before that step of landing.
    """

    service: Deadly
    source: ConnectorSource
    name: str
    environment: Mapping[str, str]
    ahead: c_double
    slice_rows: int
    as_of: date = LAST_DAY

    def rehearse(self, home: Home) -> Counter[str]:
        """Land into the home, undisturbed: how many moments there were, by kind."""
        counted = _NIGHTS.SimpleQueue()
        before = self.service.asked
        assert self._run(home, counted=counted) == 0
        return counted.get() + Counter(asked=self.service.asked - before)

    def die(self, home: Home, kind: str, number: int) -> bool:
        """Begin to land into the home, and be killed at that moment: whether it came."""
        code = self._run(home, kind=kind, number=number)
        assert code in (0, -signal.SIGKILL)
        return code != 0

    def _run(self, home: Home, *, counted: Counted = None, kind: str = "", number: int = 0) -> int:
        """Land in a process of its own, to the end or to the moment: its exit code."""
        process = _NIGHTS.Process(
            target=_land,
            args=(self.source, self.name, home, self.as_of, self.slice_rows),
            kwargs={
                "environment": dict(self.environment),
                "ahead": self.ahead,
                "counted": counted,
                "dies_at": (kind, number),
            },
        )
        if kind == "asked":
            self.service.kill, self.service.at = process.kill, self.service.asked + number
        process.start()
        process.join()
        return process.exitcode


def _land(
    *night: Any,
    environment: dict[str, str],
    ahead: c_double,
    counted: Counted,
    dies_at: tuple[str, int],
) -> None:
    source, name, home, as_of, landing._SLICE_ROWS = night
    os.environ.update(environment)
    calls: Counter[str] = Counter()

    def deadly(step: str, function: Callable[..., None]) -> Callable[..., None]:
        def call(*arguments: Any) -> None:
            calls[step] += 1
            if (step, calls[step]) == dies_at:
                os.kill(os.getpid(), signal.SIGKILL)
            function(*arguments)

        return call

    for step in _STEPS:
        setattr(raw, step, deadly(step, getattr(raw, step)))
    with passing(ahead):
        land_vendor(home, source, name, as_of)
    if counted is not None:
        counted.put(calls)
