"""Time, as one value that a test can replace: waits of minutes then take none."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Clock:
    """`now` runs evenly and measures waits; `wall` is seconds since 1970 and dates tokens."""

    now: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
