"""The shops of the company: the site, two marketplaces and the shop of a social network."""

import duckdb
import numpy as np

from orchestration.sources.demo import (
    fees,
    order_lines,
    order_table,
    product_table,
    shop_orders,
    stock,
)
from orchestration.sources.demo.clock import DAY, MONTH_COUNT, month_of
from orchestration.sources.demo.frame import MISSING, Frame, stream
from orchestration.sources.demo.order_life import with_life
from orchestration.sources.demo.shop_clients import known_clients
from orchestration.sources.demo.truths import Plants


def store_shops(
    connection: duckdb.DuckDBPyConnection,
    seed: int,
    scale: float,
    market: tuple[Frame, Frame, Frame, Frame],
    dollar: np.ndarray,
    plants: Plants,
) -> np.ndarray:
    """Products, orders with their lines, fees and stock. `market`: the leads, deals, payments and
    contact cards of the CRM. Returns what the shops sold by month, without the deals of the CRM,
    in hundredths of a rouble."""
    requests, deals, payments, cards = market
    known = known_clients(cards, deals)
    orders = shop_orders.all_orders(
        stream(seed, "orders"), scale, requests, deals, payments, known, plants
    )
    orders = with_life(stream(seed, "order_life"), orders)
    lines = order_lines.all_lines(stream(seed, "order_lines"), orders, dollar, plants)
    left = stock.daily_stock(stream(seed, "stock"), orders, lines, plants)
    taken = fees.all_fees(stream(seed, "fees"), orders, lines, left, plants)

    product_table.store_products(connection)
    order_table.store_orders(connection, orders)
    order_table.store_lines(connection, orders, lines)
    fees.store_fees(connection, taken)
    stock.store_stock(connection, left)
    return _sold(orders, lines, dollar)


def _sold(orders: Frame, lines: Frame, dollar: np.ndarray) -> np.ndarray:
    """Paid in the month, not cancelled or returned; dollars at the rate of the order's day."""
    paid_at = orders["paid_at"]
    counts = (orders["deal"] == MISSING) & (paid_at != MISSING)
    counts &= (orders["cancelled_at"] == MISSING) & (orders["returned_at"] == MISSING)
    order = lines["order"]
    rate = np.where(orders["usd"][order], dollar[orders["created_at"][order] // DAY], 1.0)
    amount = lines["price"] * (lines["quantity"] - lines["returned"]) * rate * counts[order]
    sold: np.ndarray = np.bincount(month_of(paid_at[order]), amount, minlength=MONTH_COUNT)
    return sold
