"""Keeps methods below the portal's limit on their working time.

Each answer tells how many seconds its method has worked of late, for all who ask the portal, and
when a part of them will be forgotten. A method that has worked too long is refused; what the next
page will take can only be guessed from those before it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from orchestration.sources.http.client import Api

# The vendor's own: so many seconds of work in any ten minutes.
LIMIT, WINDOW = 480.0, 600.0


@dataclass
class _Worked:
    """What is known of a method. `seconds`: as the last answer told; `dearest`: what a page took at
    most, in seconds; `room_at`: when there will be room again, by our clock."""

    seconds: float
    dearest: float
    room_at: float


class WorkingTime:
    """The working time of each method of a portal."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._methods: dict[str, _Worked] = {}

    def room(self, method: str, wanted: int = 1) -> int:
        """Wait until the method may be asked again; how many pages it may be asked for at once, at
        most as many as wanted."""
        worked = self._methods.get(method)
        if worked is None:
            return wanted
        left = LIMIT - worked.seconds
        if worked.dearest <= left:
            return min(wanted, int(left / worked.dearest) if worked.dearest else wanted)
        wait = worked.room_at - self._api.clock.now()
        if wait > 0:
            self._api.pause(wait, f"{method} has worked as long as the portal lets it")
        # How much is forgotten by then the next answer tells.
        return 1

    def heard(self, method: str, time: Mapping[str, Any]) -> None:
        """The `time` of an answer; portals of one's own may not tell of work."""
        seconds = time.get("operating")
        if seconds is None:
            return
        known = self._methods.get(method)
        dearest = max(time.get("duration", 0.0), known.dearest if known else 0.0)
        # Past the limit the part that is forgotten next may be too little.
        wait = (
            time.get("operating_reset_at", inf) - time.get("finish", 0.0)
            if seconds <= LIMIT
            else WINDOW
        )
        room_at = self._api.clock.now() + min(wait, WINDOW)
        self._methods[method] = _Worked(seconds, dearest, room_at)
