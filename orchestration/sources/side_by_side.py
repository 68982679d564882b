"""Sources that wait for their vendors at the same time, each in a thread of its own."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from threading import Event, Thread

from orchestration.core.errors import SourceError
from orchestration.sources.delivery import Load

Say = Callable[[str], None]
# A request that is on its way cannot be ended; the process ends without it.
_ENDS_WITHIN = 5.0


class SideBySide:
    """The landings of several sources that have begun together.

    A vendor's limits are those of its account, so accounts do not slow each other down. The
    warehouse is written by one of them at a time (`open_warehouse`).
    """

    def __init__(self) -> None:
        self._landings: dict[str, Future[list[Load]]] = {}
        self._seconds: dict[str, float] = {}
        self._said: dict[str, str] = {}
        self._threads: list[Thread] = []
        self._stopped = Event()

    def begin(self, name: str, land: Callable[[Say], list[Load]]) -> None:
        """Begin to land the source, unless it has begun. `land` is given what tells a person what
        is being done."""
        if name not in self._landings:
            landing = self._landings[name] = Future[list[Load]]()
            # A thread that waits for a vendor must not keep the process from ending.
            thread = Thread(target=self._land, args=(name, land, landing), daemon=True)
            self._threads.append(thread)
            thread.start()

    def ended(self, name: str, tell: Callable[[Mapping[str, str]], None]) -> list[Load]:
        """Wait until the source is landed, and return or raise what its landing did. `tell` is
        called every second with what each source that is still read does."""
        while not wait([self._landings[name]], timeout=1.0).done:
            running = [one for one, landing in self._landings.items() if not landing.done()]
            tell({one: self._said[one] for one in running if one in self._said})
        return self._landings[name].result()

    def seconds(self, name: str) -> float:
        """How long the source took."""
        return self._seconds[name]

    def stop(self) -> None:
        """End what is still read: a run that was interrupted gives its home back."""
        self._stopped.set()
        ends_at = time.monotonic() + _ENDS_WITHIN
        for thread in self._threads:
            thread.join(max(0.0, ends_at - time.monotonic()))

    def _land(
        self, name: str, land: Callable[[Say], list[Load]], landing: Future[list[Load]]
    ) -> None:
        def say(text: str) -> None:
            if self._stopped.is_set():
                raise SourceError(f"{name}: the run was interrupted")
            self._said[name] = text

        began = time.perf_counter()
        try:
            loads = land(say)
        except BaseException as error:
            self._seconds[name] = time.perf_counter() - began
            landing.set_exception(error)
        else:
            self._seconds[name] = time.perf_counter() - began
            landing.set_result(loads)
