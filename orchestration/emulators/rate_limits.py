"""Limits as a vendor enforces them: strictly, with a count of violations."""

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class SlidingWindow:
    """At most `count` requests in any `seconds` of `clock`. `broken`: the number of refused
    requests."""

    count: int
    seconds: float
    broken: int = 0
    clock: Callable[[], float] = time.monotonic
    _times: deque[float] = field(default_factory=deque)

    def allows(self) -> bool:
        now = self.clock()
        while self._times and now - self._times[0] >= self.seconds:
            self._times.popleft()
        if len(self._times) >= self.count:
            self.broken += 1
            return False
        self._times.append(now)
        return True

    @property
    def left(self) -> int:
        return self.count - len(self._times)


@dataclass
class LeakyBucket:
    """A leaky bucket: `burst` requests at once, then `per_second`."""

    burst: int
    per_second: float
    broken: int = 0
    clock: Callable[[], float] = time.monotonic
    _level: float = 0.0
    _at: float = -math.inf

    def allows(self) -> bool:
        now = self.clock()
        self._level = max(0.0, self._level - (now - self._at) * self.per_second)
        self._at = now
        if self._level + 1 > self.burst:
            self.broken += 1
            return False
        self._level += 1
        return True
