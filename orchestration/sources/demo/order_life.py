"""What becomes of an order: paid, shipped, delivered, cancelled, returned in whole or in part."""

import numpy as np

from orchestration.sources.demo.clock import DAY, END, HOUR, into_office, waits
from orchestration.sources.demo.frame import MISSING, Frame, stack, take

STATUSES = ["new", "paid", "shipped", "delivered", "cancelled", "returned"]
NEW, PAID, SHIPPED, DELIVERED, CANCELLED, RETURNED = range(6)
# By status, when it begins.
TIMES = ["created_at", "paid_at", "shipped_at", "delivered_at", "cancelled_at", "returned_at"]

# By shop.
_PAYS_AFTER = np.array([0.5, 0.02, 0.02, 2.0]) * HOUR
_NOT_PAID = np.array([0.05, 0.03, 0.04, 0.08])
_CALLED_OFF = np.array([0.02, 0.03, 0.04, 0.02])  # paid, and cancelled before it is shipped
_ON_THE_WAY = np.array([4.0, 3.0, 4.0, 5.0]) * DAY
_RETURNED = np.array([0.03, 0.04, 0.06, 0.03])
_IN_PART = 0.03
_TWICE, _IN_PARCELS = 0.05, 0.04


def with_life(rng: np.random.Generator, orders: Frame) -> Frame:
    """The orders with the times of `TIMES` (-1: has not happened by the end of the demo); `in_part`
    and `part_returned_at`; `parcels`; and `seen_at`: the status in which they were delivered
    before, too (-1: they were not)."""
    shop, created_at, sure = orders["shop"], orders["created_at"], orders["sure"]
    size = len(shop)
    luck, parts, twice, parcels = rng.random((4, size))
    of_crm = orders["paid_at"] != MISSING
    not_paid = ~sure & (luck < _NOT_PAID[shop])
    called_off = ~sure & ~not_paid & (luck < (_NOT_PAID + _CALLED_OFF)[shop])
    paid_at = created_at + 20 + waits(rng, _PAYS_AFTER[shop], size)
    paid_at = np.where(of_crm, np.maximum(orders["paid_at"], created_at + 1), paid_at)
    shipped_at = into_office(rng, paid_at + 4 * HOUR + waits(rng, 14.0 * HOUR, size))
    delivered_at = into_office(rng, shipped_at + DAY + waits(rng, _ON_THE_WAY[shop], size, 0.4))
    begun = np.where(not_paid, created_at, paid_at)
    lasts = np.where(not_paid, 30 * HOUR, shipped_at - paid_at)
    cancelled_at = begun + 1 + (rng.uniform(0.1, 0.95, size) * lasts).astype(np.int64)
    back_at = delivered_at + rng.integers(2 * DAY, 15 * DAY, size)
    returned = ~sure & (parts < _RETURNED[shop])
    refunded = orders["refunded_at"] > delivered_at
    in_part = ~sure & ~returned & (parts < _RETURNED[shop] + _IN_PART)
    cancelled = not_paid | called_off

    life = {
        "created_at": created_at,
        "paid_at": _if(~not_paid, paid_at),
        "shipped_at": _if(~cancelled, shipped_at),
        "delivered_at": _if(~cancelled, delivered_at),
        "cancelled_at": _if(cancelled, cancelled_at),
        "returned_at": _if(
            ~cancelled & (returned | refunded),
            np.where(refunded, orders["refunded_at"], back_at),
        ),
        "part_returned_at": _if(~cancelled & in_part & ~refunded, back_at),
    }
    in_parcels = parcels < _IN_PARCELS
    seen_at = np.select([in_parcels, twice < _TWICE], [SHIPPED, NEW], MISSING)
    return orders | life | {"parcels": 1 + in_parcels, "seen_at": seen_at}


def _if(happens: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The moments of what happens within the demo, else -1."""
    happened: np.ndarray = np.where(happens & (at < END), at, MISSING)
    return happened


def steps_of(orders: Frame) -> Frame:
    """One row per status that an order has been in: `order` (its row), `status`, `at`."""
    steps = []
    for status, name in enumerate(TIMES):
        rows = np.flatnonzero(orders[name] != MISSING)
        steps.append(
            {"order": rows, "status": np.full(len(rows), status), "at": orders[name][rows]}
        )
    every = stack(*steps)
    return take(every, np.lexsort((every["at"], every["order"])))
