"""Time that both sides of a loopback test live in, so that waits of minutes take none."""

import time

from orchestration.sources.http.clock import Clock


class QuickTime:
    """A clock whose sleeps take no time and are remembered."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self._ahead = 0.0
        self.clock = Clock(now=self.now, wall=lambda: time.time() + self._ahead, sleep=self.sleep)

    def now(self) -> float:
        return time.monotonic() + self._ahead

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._ahead += seconds
