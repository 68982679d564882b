"""Runs the steps of an order in their order."""

from collections.abc import Sequence
from dataclasses import dataclass

from orchestration.core.home import Home
from orchestration.purchase import arrival, counted, sale, source
from orchestration.purchase.find import find_order
from orchestration.purchase.order import Order
from orchestration.purchase.step import Follow, State, Step
from orchestration.purchase.wanted import Kind, only_given, read_wanted
from orchestration.purchase.warehouse import last_night

STEPS: tuple[Follow, ...] = (
    source.night,
    source.delivered,
    arrival.touch,
    arrival.lead,
    arrival.channel,
    arrival.campaign,
    arrival.client,
    sale.deal,
    sale.stages,
    sale.calls,
    sale.payment,
    counted.facts,
    counted.channel_mart,
    counted.credit,
)


@dataclass(frozen=True)
class Report:
    """What became of an order. `zone`: the business time zone, for the times of the steps."""

    order: Order
    steps: Sequence[Step]
    zone: str

    @property
    def stops(self) -> list[Step]:
        """The steps at which the order stopped, the first one first."""
        return [step for step in self.steps if step.state is State.STOPPED]


def check_purchase(home: Home, given: dict[Kind, str | None]) -> Report:
    """Follow the order that `given` names (by kind, None: not given) through the last night.

    Changes nothing. Raises ConfigError if not exactly one thing is given or it cannot be read, if
    no night is published in the home, or if a night is running.
    """
    only_given(given)
    with last_night(home) as warehouse:
        wanted = read_wanted(given, warehouse.settings["country"])
        order = find_order(warehouse, wanted)
        return Report(order, [step(warehouse, order) for step in STEPS], str(warehouse.zone))
