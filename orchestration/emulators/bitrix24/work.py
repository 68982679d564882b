"""How long the methods of a portal have worked, and which are shut for it."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

LIMIT, WINDOW = 480, 600


@dataclass
class Work:
    """`seconds`: what a page takes. By method, when one has worked, and how long."""

    seconds: float
    clock: Callable[[], float]
    _done: dict[str, deque[tuple[float, float]]] = field(default_factory=dict)

    def shut(self, method: str) -> float | None:
        """For how many seconds a method is shut that has worked too long."""
        now, done = self.clock(), self._done.setdefault(method, deque())
        while done and now - done[0][0] >= WINDOW:
            done.popleft()
        return self._kept(method) if self._sum(method) > LIMIT else None

    def add(self, method: str, now: float) -> dict[str, Any]:
        """Have the method work for a page, and what the answer tells of it at the portal's time."""
        self._done[method].append((self.clock(), self.seconds))
        return {
            "duration": self.seconds,
            "operating": self._sum(method),
            "operating_reset_at": now + self._kept(method),
        }

    def _sum(self, method: str) -> float:
        return sum(seconds for _, seconds in self._done[method])

    def _kept(self, method: str) -> float:
        """How long the first of what a method has worked is still counted."""
        return WINDOW - (self.clock() - self._done[method][0][0])
