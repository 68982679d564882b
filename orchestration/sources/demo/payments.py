"""Payments: in full, in parts, or none, and refunds."""

import duckdb
import numpy as np

from orchestration.sources.demo import reference as ref
from orchestration.sources.demo.clock import DAY, END, HOUR, into_office
from orchestration.sources.demo.frame import Frame, key, pick, stack, store, take

_PARTS = [0.05, 0.72, 0.16, 0.07]  # none to three payments
_REFUNDED, _IN_FULL = 0.03, 0.4


def all_payments(rng: np.random.Generator, deals: Frame) -> Frame:
    """One row per payment or refund of a won deal, by time."""
    paying = ref.IS_WON[deals["stage"]] & (deals["amount"] > 0) & ~deals["deleted"]
    won = take(deals, paying & ~deals["test"])
    payments = stack(_paid(rng, won), _refunded(rng, won))
    payments = take(payments, payments["paid_at"] < END)
    return take(payments, np.lexsort((payments["deal"], payments["paid_at"])))


def store_payments(connection: duckdb.DuckDBPyConnection, payments: Frame) -> None:
    """One row per payment, in the currency of its deal; the amount of a refund is positive."""
    store(
        connection,
        "payments",
        payments | {"number": np.arange(len(payments["deal"]))},
        payment_id=key("P", "number"),
        deal_id=key("D", "deal"),
        currency="if(usd, 'USD', 'RUB')",
    )


def _paid(rng: np.random.Generator, won: Frame) -> Frame:
    count = pick(rng, len(won["deal"]), _PARTS)
    rows = np.repeat(np.arange(len(count)), count)
    part = np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
    parts, won = count[rows], take(won, rows)
    # Parts that add up to the amount whatever its remainder.
    amount = won["amount"] * (part + 1) // parts - won["amount"] * part // parts
    at = won["closed_at"] + part * 12 * DAY + rng.integers(0, 30 * HOUR, len(rows))
    return _payments(rng, won, at, amount, is_refund=False)


def _refunded(rng: np.random.Generator, won: Frame) -> Frame:
    won = take(won, rng.random(len(won["deal"])) < _REFUNDED)
    size = len(won["deal"])
    amount = np.where(rng.random(size) < _IN_FULL, won["amount"], won["amount"] // 3)
    at = won["closed_at"] + rng.integers(36 * DAY, 60 * DAY, size)
    return _payments(rng, won, at, amount, is_refund=True)


def _payments(
    rng: np.random.Generator, won: Frame, at: np.ndarray, amount: np.ndarray, *, is_refund: bool
) -> Frame:
    return {
        "deal": won["deal"],
        "usd": won["usd"],
        "amount": amount,
        "paid_at": into_office(rng, at),
        "is_refund": np.full(len(at), is_refund),
    }
