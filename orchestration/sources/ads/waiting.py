"""Waits for a report that a platform prepares asynchronously."""

from collections.abc import Callable

from orchestration.sources.http.clock import Clock
from orchestration.sources.http.verdict import Answer

Pending = Callable[[Answer], float | None]


def within(seconds: float, clock: Clock, pending: Pending) -> Pending:
    """`pending` with a time limit in seconds: after it, polling ends with an answer that is not
    ready, and the caller may request fewer days instead."""
    deadline = clock.now() + seconds

    def patient(answer: Answer) -> float | None:
        wait = pending(answer)
        return None if wait is None or clock.now() + wait > deadline else wait

    return patient
