"""Time, as one value that a test can replace, so that tests do not wait for minutes."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Clock:
    """`now` is monotonic and measures waits; `wall` is seconds since 1970, for tokens' expiry."""

    now: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
