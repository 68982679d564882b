"""Clients of the site who come again: by a rhythm of their own, or more in a month of their own."""

from itertools import pairwise

import numpy as np

from orchestration.sources.demo.clock import (
    DAY,
    DAYS,
    END,
    HOUR,
    MONTH_COUNT,
    MONTH_ENDS,
    MONTH_STARTS,
)
from orchestration.sources.demo.frame import MISSING, Frame, stack, take
from orchestration.sources.demo.shop_truths import OVERDUE_INTERVAL, OVERDUE_SINCE
from orchestration.sources.demo.truths import Plants

_REGULARS = 24  # at scale 1; half of them are strangers to the CRM
_INTERVAL, _JITTER = (18.0, 60.0), 0.08  # days; share of the interval
_STOPS = 0.25
_STOPPED_BEFORE = 240  # days before the end: nobody else stops later
# Corporate and private clients with a month of their own (0 is January), and what they buy.
_SEASONAL = (5, 3)
_OWN_MONTHS = np.array([2, 7, 11, 4, 8, 1, 5, 9])
_SEASONAL_GOODS = np.array([22, 23, 8, 22, 23, 12, 15, 8])
_USUAL_QUANTITY = 2


def known_clients(cards: Frame, deals: Frame) -> Frame:
    """The cards of clients who have asked and never had a deal, one card each, oldest first."""
    several = np.bincount(cards["person"])[cards["person"]] > 1
    known = take(cards, ~several & ~np.isin(cards["person"], deals["person"]))
    known = take(known, np.argsort(known["created_at"], kind="stable"))
    return {name: known[name] for name in ("person", "card", "created_at", "segment")}


def returning_orders(
    rng: np.random.Generator, known: Frame, stranger: int, scale: float, plants: Plants
) -> Frame:
    """The orders of all who come again, client by client: `person`, `card`, `created_at`, `product`
    and `quantity` (-1: any). The first of the clients is the one who may be overdue; `stranger` is
    the number of the first person whom the CRM does not know."""
    private, corporate = (take(known, known["segment"] == segment) for segment in (0, 1))
    half = max(round(_REGULARS * scale / 2), 1)
    rows = np.cumsum([0, 1, _SEASONAL[1], half])
    late, seasonal, regulars = (
        {name: values[first:last] for name, values in private.items()}
        for first, last in pairwise(rows)
    )
    seasonal = stack(take(corporate, np.arange(len(corporate["card"])) < _SEASONAL[0]), seasonal)
    strangers = {
        "person": stranger + np.arange(half),
        "card": np.full(half, MISSING),
        "created_at": rng.integers(0, 60, half) * DAY,
        "segment": np.zeros(half, dtype=np.int64),
    }
    return stack(
        _overdue(rng, late, plants),
        _seasonal(rng, seasonal, plants),
        _regular(rng, stack(regulars, strangers), plants),
    )


def _overdue(rng: np.random.Generator, clients: Frame, plants: Plants) -> Frame:
    size = len(clients["person"])
    until = DAYS - OVERDUE_SINCE if plants.has_overdue_client else DAYS
    interval = np.full(size, OVERDUE_INTERVAL)
    return _rhythm(rng, clients, interval, np.full(size, until))


def _regular(rng: np.random.Generator, clients: Frame, plants: Plants) -> Frame:
    size = len(clients["person"])
    stops = (rng.random(size) < _STOPS) & plants.clients_stop
    until = np.where(stops, rng.integers(300, DAYS - _STOPPED_BEFORE, size), DAYS)
    return _rhythm(rng, clients, rng.uniform(*_INTERVAL, size), until)


def _rhythm(
    rng: np.random.Generator, clients: Frame, interval: np.ndarray, until: np.ndarray
) -> Frame:
    """Orders at the clients' intervals, with some jitter, until the day on which they stop."""
    shape = (len(interval), int(DAYS / _INTERVAL[0] * 1.2))
    jitter = 1 + _JITTER * np.clip(rng.standard_normal(shape), -2, 2)
    first = clients["created_at"] // DAY + 3
    day = first[:, None] + np.cumsum(interval[:, None] * jitter, axis=1)
    client, number = np.nonzero(day < until[:, None])
    anything = np.full(len(client), MISSING)
    return _visits(rng, take(clients, client), day[client, number], anything, anything)


def _seasonal(rng: np.random.Generator, clients: Frame, plants: Plants) -> Frame:
    """One order a month, always of one product; more of it in the client's own month."""
    client, month = (grid.ravel() for grid in np.indices((len(clients["person"]), MONTH_COUNT)))
    length = (MONTH_ENDS - MONTH_STARTS)[month]
    day = MONTH_STARTS[month] + rng.uniform(0.1, 0.9, len(month)) * length
    times = np.where(month % 12 == _OWN_MONTHS[client], plants.season_times, 1)
    return _visits(
        rng, take(clients, client), day, _SEASONAL_GOODS[client], _USUAL_QUANTITY * times
    )


def _visits(
    rng: np.random.Generator,
    clients: Frame,
    day: np.ndarray,
    product: np.ndarray,
    quantity: np.ndarray,
) -> Frame:
    """An order of each client on the day, once the client is known."""
    at = day.astype(np.int64) * DAY + 9 * HOUR + rng.integers(0, 12 * HOUR, len(day))
    visits = {
        "person": clients["person"],
        "card": clients["card"],
        "created_at": at,
        "product": product,
        "quantity": quantity,
    }
    return take(visits, (at > clients["created_at"]) & (at < END))
