"""How fast a list of a vendor is read, and how long the rest of it takes."""

import time
from dataclasses import dataclass, field

# A line each few seconds is enough for a person who waits.
_EVERY_SECONDS = 15.0


@dataclass
class Pace:
    """`rows`: those of all lists so far. `doing`: what is being read, in words."""

    doing: str = ""
    rows: int = 0
    _share: float | None = None
    _began: float = field(default_factory=lambda: time.monotonic())
    _rows_before: int = 0
    _told: float = field(default_factory=lambda: time.monotonic())

    def begin(self) -> None:
        """Another list begins."""
        self._began, self._rows_before, self._share = time.monotonic(), self.rows, None

    def reach(self, share: float) -> None:
        """This share of the list is read, from 0 to 1, by its rows or by its time."""
        self._share = min(max(share, 0.0), 1.0)

    def line(self) -> str | None:
        """What to tell, once it is time for it."""
        now = time.monotonic()
        if now - self._told < _EVERY_SECONDS:
            return None
        self._told = now
        took = max(now - self._began, 1.0)
        parts = [f"{self.rows:,} rows so far"]
        if read := self.rows - self._rows_before:
            parts.append(f"{read / took * 60:,.0f} a minute")
        if self._share:
            parts.append(f"{self._share:.0%} of this list")
            parts.append(_left(took * (1 - self._share) / self._share))
        return f"{self.doing}: {', '.join(parts)}"


def _left(seconds: float) -> str:
    minutes = seconds / 60
    if minutes < 1:
        return "less than a minute left for it"
    if minutes < 90:
        return f"some {minutes:.0f} min left for it"
    return f"some {minutes / 60:.1f} hours left for it"
