"""What the shops take: for orders, for storage, for advertising."""

import duckdb
import numpy as np

from orchestration.sources.demo import goods, shop_truths
from orchestration.sources.demo.clock import DAYS, MONTH_COUNT, MONTH_ENDS, MONTHS
from orchestration.sources.demo.demand import demand
from orchestration.sources.demo.frame import MISSING, Frame, key, labels, stack, store, take
from orchestration.sources.demo.order_fees import (
    ADVERTISING,
    COMMISSION,
    KINDS,
    STORAGE,
    fee_rows,
    fees_of_lines,
    fees_of_orders,
)
from orchestration.sources.demo.truths import Plants

_ADS = (0, 0.06, 0.05, 0.06)  # of the sales, by shop; those of the site are not the shop's
_A_DAY_IN_STORE = 60  # hundredths, for one piece
_NOT_SAID = 0.05  # fees of orders that name no order


def all_fees(
    rng: np.random.Generator, orders: Frame, lines: Frame, stock: Frame, plants: Plants
) -> Frame:
    """One row per fee, by day: `date`, `shop`, `kind`, `amount` in hundredths (a refund is
    negative), `order` and `product` (-1: none), `usd`."""
    fees = stack(
        *fees_of_lines(rng, orders, lines, plants),
        *fees_of_orders(rng, orders, lines),
        _storage(stock),
        *(
            _advertising(rng, shop, orders, lines, plants)
            for shop, share in enumerate(_ADS)
            if share
        ),
    )
    fees = take(fees, (fees["date"] < DAYS) & (fees["amount"] != 0))
    fees = take(fees, np.argsort(fees["date"], kind="stable"))
    unsaid = (rng.random(len(fees["date"])) < _NOT_SAID) & (fees["kind"] != COMMISSION)
    return fees | {"order": np.where(unsaid, MISSING, fees["order"])}


def _storage(stock: Frame) -> Frame:
    """For each product in a marketplace's warehouse, at the end of the month."""
    own = take(stock, np.isin(stock["shop"], goods.MARKETS))
    place = (own["shop"] * MONTH_COUNT + MONTHS[own["date"]]) * goods.COUNT + own["product"]
    pieces = np.bincount(place, own["quantity"])
    used = np.flatnonzero(pieces)
    month, product = used // goods.COUNT % MONTH_COUNT, used % goods.COUNT
    return fee_rows(
        MONTH_ENDS[month],
        used // goods.COUNT // MONTH_COUNT,
        STORAGE,
        pieces[used] * _A_DAY_IN_STORE,
        product=product,
    )


def _advertising(
    rng: np.random.Generator, shop: int, orders: Frame, lines: Frame, plants: Plants
) -> Frame:
    """For each day: a share of what a shop usually sells on such a day."""
    rate = np.where(orders["usd"], 0, 1)[lines["order"]]
    own = orders["shop"][lines["order"]] == shop
    sold = (lines["price"] * lines["quantity"] * rate)[own].sum()
    usual = demand(shop, plants) @ goods.PRICE
    day = np.arange(DAYS)
    then = (shop == shop_truths.ADS_SHOP) & (day >= shop_truths.ADS_FROM_DAY)
    share = np.where(then, plants.ads_then, _ADS[shop])
    spent = share * sold * usual / usual.sum() * rng.uniform(0.8, 1.2, DAYS)
    return fee_rows(day, shop, ADVERTISING, spent)


def store_fees(connection: duckdb.DuckDBPyConnection, fees: Frame) -> None:
    """One row per fee."""
    store(
        connection,
        "fees",
        fees
        | {
            "number": np.arange(len(fees["date"])),
            "shop": labels(fees["shop"], goods.SHOPS),
            "kind": labels(fees["kind"], KINDS),
        },
        fee_id=key("F", "number"),
        amount="amount * 0.01::decimal(3, 2)",
        currency="if(usd, 'USD', 'RUB')",
        order_id=key("O", '"order"'),
        product_id=f"case when product >= 0 then {goods.product_id('product')} end",
    )
