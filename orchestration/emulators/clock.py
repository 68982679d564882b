"""Time that both sides of a loopback test live in, so that waits of minutes take none."""

import time
from ctypes import c_double
from multiprocessing.sharedctypes import RawValue

from orchestration.sources.http.clock import Clock


class QuickTime:
    """A clock whose sleeps take no time and are remembered. `ahead`: by how much it is fast, which
    another process may share."""

    def __init__(self, ahead: c_double | None = None) -> None:
        self.slept: list[float] = []
        self.ahead = ahead or RawValue(c_double)
        self.clock = Clock(now=self.now, wall=self.wall, sleep=self.sleep)

    def now(self) -> float:
        return time.monotonic() + self.ahead.value

    def wall(self) -> float:
        return time.time() + self.ahead.value

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.ahead.value += seconds
