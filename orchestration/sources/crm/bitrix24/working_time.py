"""Keeps methods below the portal's limit of working time.

Each answer gives the recent working time of its method, over all clients of the portal, and the
time at which a part of it no longer counts. A method over the limit is refused. The working time of
the next page is estimated from the pages before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from orchestration.sources.http.client import Api

# The limit of the vendor: seconds of work in ten minutes.
LIMIT, WINDOW = 480.0, 600.0


@dataclass
class _Worked:
    """The state of a method. `seconds`: the working time in the last answer; `dearest`: the longest
    working time of a page, in seconds; `room_at`: when the method can be called again, by our
    clock."""

    seconds: float
    dearest: float
    room_at: float


class WorkingTime:
    """The working time of each method of a portal."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._methods: dict[str, _Worked] = {}

    def room(self, method: str, wanted: int = 1) -> int:
        """Wait until the method can be called again; returns the number of pages that fit, at most
        `wanted`."""
        worked = self._methods.get(method)
        if worked is None:
            return wanted
        left = LIMIT - worked.seconds
        if worked.dearest <= left:
            return min(wanted, int(left / worked.dearest) if worked.dearest else wanted)
        wait = worked.room_at - self._api.clock.now()
        if wait > 0:
            self._api.pause(wait, f"{method} has worked as long as the portal lets it")
        # The next answer gives how much no longer counts then.
        return 1

    def heard(self, method: str, time: Mapping[str, Any]) -> None:
        """The `time` of an answer; self-hosted portals may not include the working time."""
        seconds = time.get("operating")
        if seconds is None:
            return
        known = self._methods.get(method)
        dearest = max(time.get("duration", 0.0), known.dearest if known else 0.0)
        # Over the limit, the next part that no longer counts may be too small.
        wait = (
            time.get("operating_reset_at", inf) - time.get("finish", 0.0)
            if seconds <= LIMIT
            else WINDOW
        )
        room_at = self._api.clock.now() + min(wait, WINDOW)
        self._methods[method] = _Worked(seconds, dearest, room_at)
