"""A clock for both sides of a loopback test, so that waits of minutes take no time."""

import time
from ctypes import c_double
from multiprocessing.sharedctypes import RawValue

from orchestration.sources.http.clock import Clock


class QuickTime:
    """A clock that records sleeps and does not wait. `ahead`: how many seconds it is fast; another
    process may share it."""

    def __init__(self, ahead: c_double | None = None) -> None:
        self.slept: list[float] = []
        self.ahead = RawValue(c_double) if ahead is None else ahead
        self.clock = Clock(now=self.now, wall=self.wall, sleep=self.sleep)

    def now(self) -> float:
        return time.monotonic() + self.ahead.value

    def wall(self) -> float:
        return time.time() + self.ahead.value

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.ahead.value += seconds
