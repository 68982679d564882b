"""The working time of the methods of a portal, and which methods are blocked."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

LIMIT, WINDOW = 480, 600


@dataclass
class Work:
    """`seconds`: the working time of a page. By method, when it worked and how long."""

    seconds: float
    clock: Callable[[], float]
    _done: dict[str, deque[tuple[float, float]]] = field(default_factory=dict)

    def shut(self, method: str) -> float | None:
        """For how many seconds a method is blocked because it worked too long."""
        now, done = self.clock(), self._done.setdefault(method, deque())
        while done and now - done[0][0] >= WINDOW:
            done.popleft()
        return self._kept(method) if self._sum(method) > LIMIT else None

    def add(self, method: str, now: float) -> dict[str, Any]:
        """Add the work of one page to a method; returns the time report of the answer."""
        self._done[method].append((self.clock(), self.seconds))
        return {
            "duration": self.seconds,
            "operating": self._sum(method),
            "operating_reset_at": now + self._kept(method),
        }

    def _sum(self, method: str) -> float:
        return sum(seconds for _, seconds in self._done[method])

    def _kept(self, method: str) -> float:
        """For how many seconds the first work of a method still counts."""
        return WINDOW - (self.clock() - self._done[method][0][0])
