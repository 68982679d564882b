"""The usage of Meta's limits by its own headers, and the waits that keep below them."""

from collections import deque
from collections.abc import Iterator
from typing import Any

import orjson

from orchestration.sources.http.clock import Clock
from orchestration.sources.http.verdict import Answer

# Each is JSON: percents of a rolling hour, of the app, the account and each kind of use.
_HEADERS = (
    "x-app-usage",
    "x-ad-account-usage",
    "x-business-use-case-usage",
    "x-fb-ads-insights-throttle",
)
_PERCENTS = ("call_count", "total_time", "total_cputime", "app_id_util_pct", "acc_id_util_pct")
# In minutes; zero if there is no block.
_REGAIN = "estimated_time_to_regain_access"
# Slightly longer than an hour, since clocks may differ.
_HOUR = 3600.0 * 1.01
_NEAR = 95.0


class Usage:
    """The usage in the last answer. `percent`: of the most used limit."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # When the calls of the last hour were answered.
        self._answered: deque[float] = deque()
        self.percent = 0.0
        # Seconds until a block ends.
        self.regain = 0.0

    def heard(self, answer: Answer) -> None:
        """Count the call and read the headers. Meta leaves them out at low usage; a failure has
        none."""
        self._answered.append(self._clock.now())
        said = [pair for name in _HEADERS for pair in _numbers(answer.headers.get(name, ""))]
        if said or answer.status == 200:
            self.percent = max((value for key, value in said if key in _PERCENTS), default=0.0)
            self.regain = max((value for key, value in said if key == _REGAIN), default=0.0) * 60

    def wait(self) -> float:
        """The seconds before the next call. Near the limit, a call waits until the oldest of our
        calls no longer counts; the last part of the limit is left unused."""
        now = self._clock.now()
        while self._answered and self._answered[0] + _HOUR <= now:
            self._answered.popleft()
        if self.percent < _NEAR or not self._answered:
            return 0.0
        if self.percent >= 100 and self.regain:
            return self.regain
        return self._answered[0] + _HOUR - now


def _numbers(header: str) -> Iterator[tuple[str, float]]:
    """All numbers in a header with their names, at any depth."""
    try:
        yield from _found(orjson.loads(header))
    except orjson.JSONDecodeError:
        return


def _found(value: Any) -> Iterator[tuple[str, float]]:
    for one in value if isinstance(value, list) else []:
        yield from _found(one)
    for key, one in value.items() if isinstance(value, dict) else []:
        if isinstance(one, int | float):
            yield key, float(one)
        else:
            yield from _found(one)
