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
from orchestration.sources.demo.frame import Frame, stream
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
) -> None:
    """Products, orders with their lines, fees and stock. `market`: the leads, deals, payments and
    contact cards of the CRM."""
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
