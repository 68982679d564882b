"""Stock at the end of each day: what was sold and came back, and what was ordered and arrived."""

import duckdb
import numpy as np

from orchestration.sources.demo import goods, shop_truths
from orchestration.sources.demo.clock import DAY, DAYS
from orchestration.sources.demo.frame import MISSING, Frame, labels, store, take
from orchestration.sources.demo.truths import Plants

_WAREHOUSES = ["central", "one_hub", "two_hub"]
# Of each shop: the site and the social network's shop share one.
_WAREHOUSE = np.array([0, 1, 2, 0])
_CYCLE, _LEAD = (17, 29), (5, 13)  # days
_SPARE = 0.3  # of what a cycle needs, kept on top of it
_LEAST = 3


def daily_stock(rng: np.random.Generator, orders: Frame, lines: Frame, plants: Plants) -> Frame:
    """One row per day, shop and product on sale: `date`, `shop`, `product`, `quantity` (in the
    warehouse, with what is reserved), `reserved` (ordered, and not yet shipped or cancelled),
    `in_transit` (ordered from the supplier, and not yet there). Never below zero: what is reserved
    is there."""
    out, held = _flows(orders, lines)
    free, coming = _filled(rng, out, plants)
    shops, products = np.nonzero(goods.SOLD_IN)
    date, series = np.nonzero(goods.ON_SALE[:, products])
    shop, product = shops[series], products[series]
    place = _WAREHOUSE[shop]
    reserved = held[date, place, product]
    return {
        "date": date,
        "shop": shop,
        "product": product,
        "quantity": free[date, place, product] + reserved,
        "reserved": reserved,
        "in_transit": coming[date, place, product],
    }


def _flows(orders: Frame, lines: Frame) -> tuple[np.ndarray, np.ndarray]:
    """Units that leave what can be sold, and units reserved at the end of the day: by day,
    warehouse and product."""
    listed = take(lines, lines["product"] != goods.UNLISTED)
    order, quantity, returned = listed["order"], listed["quantity"], listed["returned"]
    place = _WAREHOUSE[orders["shop"][order]]
    back_at = np.maximum(orders["returned_at"], orders["part_returned_at"])
    out, held = (np.zeros((DAYS, len(_WAREHOUSES), goods.COUNT), dtype=np.int64) for _ in range(2))

    def add(to: np.ndarray, at: np.ndarray, units: np.ndarray) -> None:
        rows = at[order] != MISSING
        where = (at[order][rows] // DAY, place[rows], listed["product"][rows])
        np.add.at(to, where, units[rows])

    add(out, orders["created_at"], quantity)
    add(out, orders["cancelled_at"], -quantity)
    add(out, back_at, -returned)
    add(held, orders["created_at"], quantity)
    add(held, orders["cancelled_at"], -quantity)
    add(held, orders["shipped_at"], -quantity)
    return out, np.cumsum(held, axis=0)


def _filled(
    rng: np.random.Generator, out: np.ndarray, plants: Plants
) -> tuple[np.ndarray, np.ndarray]:
    """What can be sold at the end of the day, and what is on its way, by day, warehouse and
    product. Each product is ordered in cycles; what arrives covers its cycle with some to spare.
    After the end of the demo its last days come again, so that goods are on their way then, too."""
    out = np.concatenate([out, out[-_CYCLE[1] :]])
    days, shape = len(out), out.shape[1:]
    cycle, lead = rng.integers(*_CYCLE, shape), rng.integers(*_LEAD, shape)
    day = np.arange(days)[:, None, None]
    dry = _dry(out.shape, plants)
    begins = ((day + rng.integers(0, cycle)) % cycle == 0) | (day == goods.SINCE)
    begins = (begins | np.roll(dry, 1, axis=0)) & ~dry
    out = np.where(dry, 0, out)

    need = np.zeros((days + 1, *shape), dtype=np.int64)  # the most that is out until the cycle ends
    ends = np.append(begins[1:], np.ones((1, *shape), dtype=bool), axis=0)
    for today in range(days - 1, -1, -1):
        need[today] = np.maximum(out[today] + np.where(ends[today], 0, need[today + 1]), 0)

    free, arrives = np.zeros_like(out), np.zeros_like(out)
    before = np.zeros(shape, dtype=np.int64)
    for today in range(days):
        spare = np.maximum(np.ceil(_SPARE * need[today]).astype(np.int64), _LEAST)
        lacks = np.maximum(need[today] + spare - before, 0)
        arrives[today] = np.where(begins[today], lacks, 0)
        before = np.where(dry[today], 0, before + arrives[today] - out[today])
        free[today] = before

    coming = arrives - arrives  # changes: ordered from the supplier, arrived
    at, place, product = np.nonzero(arrives)
    units = arrives[at, place, product]
    np.add.at(coming, (np.maximum(at - lead[place, product], 0), place, product), units)
    np.add.at(coming, (at, place, product), -units)
    return free[:DAYS], np.cumsum(coming, axis=0)[:DAYS]


def _dry(shape: tuple[int, ...], plants: Plants) -> np.ndarray:
    """Whether the supplier does not deliver and the rest is written off, by day, warehouse and
    product."""
    dry = np.zeros(shape, dtype=bool)
    if plants.has_stockout:
        first, last = shop_truths.STOCKOUT_DAYS
        place = _WAREHOUSE[shop_truths.STOCKOUT_SHOP]
        dry[first : last + 1, place, shop_truths.STOCKOUT_PRODUCT] = True
    return dry


def store_stock(connection: duckdb.DuckDBPyConnection, stock: Frame) -> None:
    """One row per day, shop and product."""
    store(
        connection,
        "stock",
        stock
        | {
            "shop": labels(stock["shop"], goods.SHOPS),
            "warehouse": labels(_WAREHOUSE[stock["shop"]], _WAREHOUSES),
        },
        product_id=goods.product_id("product"),
    )
