"""A step of an order's way, and how it ended."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from orchestration.purchase.order import Order
from orchestration.purchase.warehouse import Warehouse


class State(Enum):
    """How a step ended. KEPT_OUT: as it should be for a test. WAITING: an earlier step stopped."""

    ARRIVED = "arrived"
    KEPT_OUT = "kept out"
    STOPPED = "stopped here"
    WAITING = "not arrived"
    NOT_NEEDED = "not needed"


@dataclass(frozen=True)
class Step:
    """One line of the list. `found`: a sentence without personal data. `where`: the tables.
    `rows`: the rows of the order in them. `when`: UTC. `advice`: what a person does next."""

    name: str
    state: State
    found: str
    where: str = ""
    rows: int | None = None
    when: datetime | None = None
    advice: str = ""


def stopped(
    name: str, found: str, where: str, advice: str, rows: int = 0, when: datetime | None = None
) -> Step:
    """The step at which an order stopped."""
    return Step(name, State.STOPPED, found, where, rows, when, advice)


Follow = Callable[[Warehouse, Order], Step]
