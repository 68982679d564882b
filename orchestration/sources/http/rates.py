"""Keeps requests below a vendor's rate limits.

The windows are our own, for three reasons. A vendor counts a request when it arrives, so a request
occupies a window from the latest moment at which it can have arrived, not from the moment at which
it was planned; one wait has to satisfy several windows; and the clock has to be replaceable.
"""

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Protocol

from orchestration.sources.http.clock import Clock
from orchestration.sources.http.shared import SharedUse, Used, shared_folder

# Windows are kept this much wider than the vendor says, for clocks that run differently.
_WIDER = 1.01
# A written request has arrived within this share of its window, even if no answer has come yet.
_SLACK = 0.07
# A leaky bucket is taken to be this much smaller and slower than it is: requests arrive bunched.
_BUCKET_SHARE = 0.9
_LEAK_SHARE = 0.97
_SHORTEST_SLEEP = 0.001
# For so many seconds at most all callers heed what the vendor told one of them.
_LONGEST_SILENCE = 60.0


@dataclass(frozen=True)
class Rate:
    """At most `count` requests in any `seconds`: a sliding window.

    With `burst`, a leaky bucket: `burst` requests at once, then `count` in `seconds`. Calls that
    share a limit of their own, such as one kind of report, share a `name`.
    """

    count: int
    seconds: float
    burst: int | None = None
    name: str = ""


class LimitReachedError(Exception):
    """The next request would have to wait longer than its caller allows."""

    def __init__(self, rate: Rate, wait: float) -> None:
        super().__init__(
            f"the limit of {rate.count:,} requests in {rate.seconds:,.0f} s is used up"
            f" for {wait:,.0f} s"
        )


class Ticket:
    """The permission to send one request, and the known bounds of its arrival time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._taken = clock.now()
        self._written: float | None = None
        self._heard: float | None = None

    def wrote(self) -> None:
        """The request has left."""
        self._written = self._clock.now()
        self._heard = None

    def heard(self) -> None:
        """The answer has begun or will not come any more: the request arrived before now."""
        self._heard = self._clock.now()
        if self._written is None:
            self._written = self._heard

    def leaves(self, seconds: float, now: float) -> float:
        """When the request is certainly out of a window of this many seconds, or when to check
        again."""
        slack, window = seconds * _SLACK, seconds * _WIDER
        if self._written is None:
            return max(self._taken + window, now + slack)
        arrived = self._written + slack
        return window + (arrived if self._heard is None else min(arrived, self._heard))


class _Counter(Protocol):
    def wait(self, now: float, used: Used) -> float: ...

    def take(self, ticket: Ticket, now: float, used: Used) -> None: ...


class _Window:
    def __init__(self, rate: Rate) -> None:
        self._key = f"{rate.name} {rate.count} in {rate.seconds}"
        self._count, self._seconds = rate.count, rate.seconds
        self._tickets: deque[Ticket] = deque(maxlen=rate.count)

    def wait(self, now: float, used: Used) -> float:
        others = used.of_others(self._key)
        if len(self._tickets) + len(others) < self._count:
            return 0.0
        if not others:
            return self._tickets[0].leaves(self._seconds, now) - now
        # Of others it is known only when they asked.
        leaves = [one + self._seconds * (_WIDER + _SLACK) for one in others]
        leaves += [one.leaves(self._seconds, now) for one in self._tickets]
        inside = sorted(moment for moment in leaves if moment > now)
        return inside[-self._count] - now if len(inside) >= self._count else 0.0

    def take(self, ticket: Ticket, now: float, used: Used) -> None:
        self._tickets.append(ticket)
        used.add(self._key, self._seconds * (_WIDER + _SLACK), self._count)


class _LeakyBucket:
    def __init__(self, rate: Rate) -> None:
        self._key = f"{rate.name} {rate.count} in {rate.seconds}"
        self._size = max(1.0, (rate.burst or 1) * _BUCKET_SHARE)
        self._leak = rate.count / rate.seconds * _LEAK_SHARE
        self._level = 0.0
        self._at = -math.inf

    def wait(self, now: float, used: Used) -> float:
        return (self._level_at(now, used) + 1 - self._size) / self._leak

    def take(self, ticket: Ticket, now: float, used: Used) -> None:
        self._level = self._level_at(now, used) + 1
        self._at = now
        used.fill(self._key, self._level)

    def _level_at(self, now: float, used: Used) -> float:
        level, at = used.level(self._key) or (self._level, self._at)
        return max(0.0, level - (now - at) * self._leak)


class RateLimiter:
    """The used part of the limits of one account of a vendor. Thread-safe. `shared`: where other
    processes write what they use."""

    def __init__(self, clock: Clock, shared: SharedUse | None = None) -> None:
        self._clock = clock
        self._shared = shared
        self._lock = Lock()
        self._counters: dict[Rate, _Counter] = {}
        self._silent_until = -math.inf

    def take(
        self, rates: Iterable[Rate], longest: float, waiting: Callable[[float], None]
    ) -> Ticket:
        """Wait until every rate has room, at most `longest` seconds, and take it.

        `waiting` is called before each wait. Raises LimitReachedError.
        """
        rates = list(rates)
        deadline = self._clock.now() + longest
        while True:
            with self._used(rates) as used:
                now = self._clock.now()
                waits = [(self._counter(rate).wait(now, used), rate) for rate in rates]
                wait, rate = max(waits, key=lambda pair: pair[0], default=(0.0, None))
                silent = max(self._silent_until - now, used.silent())
                if wait <= 0 and silent <= 0:
                    ticket = Ticket(self._clock)
                    for rate in rates:
                        self._counter(rate).take(ticket, now, used)
                    return ticket
            if rate is not None and now + wait > deadline:
                raise LimitReachedError(rate, wait)
            wait = max(wait, silent)
            waiting(wait)
            self._clock.sleep(max(wait, _SHORTEST_SLEEP))

    def silence(self, rates: Iterable[Rate], seconds: float) -> None:
        """The vendor wants no requests for so long: not from other callers of the account
        either."""
        seconds = min(seconds, _LONGEST_SILENCE)
        with self._used(list(rates)) as used:
            self._silent_until = max(self._silent_until, self._clock.now() + seconds)
            used.silence(seconds)

    @contextmanager
    def _used(self, rates: list[Rate]) -> Iterator[Used]:
        """What other processes have used; this thread alone counts within the block."""
        with self._lock:
            if self._shared is None or not rates:
                yield Used("")
            else:
                with self._shared.opened() as used:
                    yield used

    def _counter(self, rate: Rate) -> _Counter:
        if rate not in self._counters:
            self._counters[rate] = _LeakyBucket(rate) if rate.burst else _Window(rate)
        return self._counters[rate]


_accounts: dict[str, RateLimiter] = {}
_accounts_lock = Lock()


def limiter_of(account: str) -> RateLimiter:
    """The limiter of an account, shared by all callers in this process. The first of them says by
    `shared_in` whether other processes share it, too."""
    with _accounts_lock:
        if account not in _accounts:
            clock, folder = Clock(), shared_folder()
            shared = SharedUse(folder, account, clock) if folder else None
            _accounts[account] = RateLimiter(clock, shared)
        return _accounts[account]
