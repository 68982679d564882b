"""What several processes have used of the limits of one account: a small file in the home.

A run that was killed and is begun again, or the doctor beside a night, keeps to one limit.
"""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
from filelock import FileLock, Timeout

from orchestration.sources.http.clock import Clock

# A lock is held for a millisecond, and the system releases that of a process that ends. One that is
# stopped with the lock must not stop the others: they go on without it.
_PATIENCE = 2.0

_folder: ContextVar[Path | None] = ContextVar("folder", default=None)


@contextmanager
def shared_in(folder: Path) -> Iterator[None]:
    """Within the block, limits are shared with all processes that name this folder."""
    token = _folder.set(folder)
    try:
        yield
    finally:
        _folder.reset(token)


def shared_folder() -> Path | None:
    """The folder of the enclosing `shared_in`."""
    return _folder.get()


@dataclass
class Used:
    """Use by rate, in the seconds of `clock.now`. In the file, times are seconds since 1970."""

    owner: str
    ahead: float = 0.0
    now: float = 0.0
    times: dict[str, list[list[Any]]] = field(default_factory=dict)
    levels: dict[str, list[float]] = field(default_factory=dict)
    silent_until: float = 0.0
    changed: bool = False

    def of_others(self, rate: str) -> Sequence[float]:
        """When other processes asked. A time that is not over yet is of a clock that was set."""
        found = (one for one in self.times.get(rate, []) if one[1] != self.owner)
        return [min(one[0] - self.ahead, self.now) for one in found]

    def add(self, rate: str, seconds: float, count: int) -> None:
        """This process asks now. Forgets what is more than `seconds` ago."""
        kept = [one for one in self.times.get(rate, []) if one[0] > self.now + self.ahead - seconds]
        self.times[rate] = [*kept, [self.now + self.ahead, self.owner]][-count:]
        self.changed = True

    def level(self, rate: str) -> tuple[float, float] | None:
        """The level of a leaky bucket, and when it was that."""
        found = self.levels.get(rate)
        return (found[0], min(found[1] - self.ahead, self.now)) if found else None

    def fill(self, rate: str, level: float) -> None:
        """The level of a leaky bucket is this now."""
        self.levels[rate] = [level, self.now + self.ahead]
        self.changed = True

    def silence(self, seconds: float) -> None:
        """The vendor wants no requests for so long."""
        self.silent_until = max(self.silent_until, self.now + self.ahead + seconds)
        self.changed = True

    def silent(self) -> float:
        """The seconds for which the vendor wants no requests."""
        return self.silent_until - self.ahead - self.now


class SharedUse:
    """The file of one account. One that cannot be read or written is as one that is not there:
    the limits are then those of this process alone."""

    def __init__(self, folder: Path, account: str, clock: Clock) -> None:
        self._path = folder / f"{sha256(account.encode()).hexdigest()[:16]}.json"
        self._clock = clock
        self._owner = secrets.token_hex(4)
        self._lock = FileLock(f"{self._path}.lock", timeout=_PATIENCE, mode=0o600)

    @contextmanager
    def opened(self) -> Iterator[Used]:
        """The use, which no other process changes within the block."""
        try:
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            self._lock.acquire(poll_interval=0.005)
        except (Timeout, OSError):
            yield Used(self._owner)
            return
        try:
            used = self._read()
            yield used
            if used.changed:
                with suppress(OSError):
                    self._write(used)
        finally:
            self._lock.release()

    def _read(self) -> Used:
        now = self._clock.now()
        used = Used(self._owner, now=now, ahead=self._clock.wall() - now)
        with suppress(OSError, ValueError, KeyError, TypeError):
            kept = orjson.loads(self._path.read_bytes())
            times, levels, silent = kept["times"], kept["levels"], float(kept["silent_until"])
            used.times, used.levels, used.silent_until = dict(times), dict(levels), silent
        return used

    def _write(self, used: Used) -> None:
        # Not aside and renamed: half a file, which a kill may leave, counts as none.
        kept = {"times": used.times, "levels": used.levels, "silent_until": used.silent_until}
        self._path.write_bytes(orjson.dumps(kept))
