"""The goods and the shops: what is sold where, at which price, from when until when."""

from datetime import datetime
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa

from orchestration.sources.demo import truths
from orchestration.sources.demo.clock import DATES, DAY, DAYS, HOUR, MONTHS
from orchestration.sources.demo.frame import moment, store, texts
from orchestration.sources.demo.truths import Plants

SHOPS = ["site", "market_one", "market_two", "social_shop"]
SITE, MARKET_ONE, MARKET_TWO, SOCIAL = range(4)
MARKETS = (MARKET_ONE, MARKET_TWO)
CATEGORIES = ["sofa", "table", "wardrobe", "office_set"]  # what deals call their product


class Product(NamedTuple):
    """One product. `price`: the list price in roubles; `cost`: its share of the list price (None:
    unknown); `demand`: how often it is bought; `shops`: the initials of those that sell it, C for
    the site and the social network's shop; `since`, `until`: its first and last day, if the company
    has not always had it."""

    name: str
    category: str
    brand: str
    price: int
    cost: float | None
    demand: float
    shops: str
    since: str | None = None
    until: str | None = None


PRODUCTS = (
    Product("Ottoman", "sofa", "Norden", 3_900, 0.45, 1.4, "C12"),
    Product("Armchair", "sofa", "Norden", 11_900, 0.5, 1.2, "C1"),
    Product("Sofa for two", "sofa", "Norden", 24_900, 0.52, 1.3, "C12"),
    Product("Sofa for three", "sofa", "Norden", 34_900, 0.52, 1.0, "C1"),
    Product("Corner sofa", "sofa", "Alder", 52_900, 0.54, 0.7, "C"),
    Product("Sofa bed", "sofa", "Alder", 29_900, 0.53, 1.0, "C1"),
    Product("Leather sofa", "sofa", "Alder", 89_900, None, 0.2, "C"),
    Product("Side table", "table", "Norden", 2_400, 0.44, 1.6, "C12"),
    Product("Coffee table", "table", "Norden", 5_900, 0.47, 2.6, "C12"),
    Product("Dining table", "table", "Norden", 14_900, 0.5, 1.2, "C1"),
    Product("Extending table", "table", "Alder", 19_900, 0.52, 0.8, "C1"),
    Product("Oak table", "table", "Alder", 39_900, 0.55, 0.4, "C"),
    Product("Garden table", "table", "Veranda", 8_900, 0.5, 1.0, "C12"),
    Product("Marble table", "table", "Alder", 64_900, None, 0.15, "C", until="2025-03-31"),
    Product("Shelf", "wardrobe", "Norden", 2_900, 0.45, 1.6, "C12"),
    Product("Chest of drawers", "wardrobe", "Norden", 9_900, 0.49, 1.4, "C12"),
    Product("Folding wardrobe", "wardrobe", "Norden", 12_900, 0.56, 1.5, "C1"),
    Product("Sliding wardrobe", "wardrobe", "Alder", 27_900, 0.52, 0.9, "C1"),
    Product("Corner wardrobe", "wardrobe", "Alder", 44_900, 0.53, 0.5, "C"),
    Product("Children's wardrobe", "wardrobe", "Veranda", 17_900, 0.5, 0.8, "C1"),
    Product("Walk-in wardrobe", "wardrobe", "Alder", 79_900, 0.55, 0.2, "C", since="2025-02-03"),
    Product("Desk lamp", "office_set", "Norden", 2_200, 0.42, 1.2, "C12"),
    Product("Office chair", "office_set", "Ergo", 7_900, 0.48, 1.8, "C12"),
    Product("Desk", "office_set", "Ergo", 12_400, 0.5, 1.4, "C12"),
    Product("Standing desk", "office_set", "Ergo", 32_900, 0.53, 0.7, "C1", since="2024-09-02"),
    Product("Meeting table", "office_set", "Ergo", 48_900, 0.54, 0.4, "C"),
    Product("Filing cabinet", "office_set", "Ergo", 10_900, None, 0.6, "C1", until="2025-10-31"),
    Product("Desk for children", "office_set", "Veranda", 9_400, 0.5, 0.9, "C12", "2024-06-03"),
)
COUNT = len(PRODUCTS)
UNLISTED = COUNT  # a product that orders name and the list of products does not
IMPORTED = (11, 24)  # their cost is known in dollars
_DOLLAR = 90
_ENTERED = 8 * HOUR  # when on its day a product is added or taken off sale


def _days(dates: list[str | None], absent: int) -> np.ndarray:
    days = [absent if day is None else np.datetime64(day) - DATES[0] for day in dates]
    return np.array(days).astype(np.int64)


CATEGORY = np.array([CATEGORIES.index(product.category) for product in PRODUCTS])
PRICE = np.array([product.price * 100 for product in PRODUCTS])  # hundredths of a rouble
COST = np.array(
    [-1 if product.cost is None else round(product.price * product.cost) for product in PRODUCTS]
)
COST = np.where(COST < 0, -1, COST * 100)
SINCE = _days([product.since for product in PRODUCTS], 0)
UNTIL = _days([product.until for product in PRODUCTS], DAYS)  # the last day
ON_SALE = (np.arange(DAYS)[:, None] >= SINCE) & (np.arange(DAYS)[:, None] <= UNTIL)
_SOLD_IN = np.array([[place in p.shops for p in PRODUCTS] for place in "C12C"])
# The social network's shop sells what is small enough for an impulse.
_SOLD_IN[SOCIAL] &= PRICE < 1_100_000
SOLD_IN = _SOLD_IN

# By category: January to December.
_SEASONS = np.array(
    [
        [0.9, 0.9, 0.9, 0.9, 0.8, 0.8, 0.8, 0.9, 1.1, 1.3, 1.4, 1.3],
        [0.7, 0.8, 0.9, 1.2, 1.5, 1.4, 1.2, 1.0, 0.8, 0.8, 0.8, 0.9],
        [0.9, 0.9, 1.1, 1.2, 1.1, 0.9, 0.9, 0.9, 1.1, 1.1, 1.0, 0.9],
        [1.2, 1.0, 0.9, 0.8, 0.7, 0.7, 0.9, 1.6, 1.6, 1.0, 0.8, 0.8],
    ]
)
# By shop: Monday to Sunday, growth a year.
_WEEKS = np.array(
    [
        [1.1, 1.1, 1.1, 1.05, 1.0, 0.85, 0.8],
        [0.95, 0.9, 0.9, 0.95, 1.0, 1.15, 1.15],
        [0.95, 0.9, 0.9, 0.9, 1.0, 1.2, 1.15],
        [0.9, 0.9, 0.95, 1.0, 1.05, 1.1, 1.1],
    ]
)
_GROWTH = np.array([0.15, 0.35, 0.3, 0.5])


def demand(shop: int, plants: Plants) -> np.ndarray:
    """How much each product is wanted in a shop, by day and product; nothing while it is not there.
    What is out of stock is not bought."""
    popular = np.array([product.demand for product in PRODUCTS]) * SOLD_IN[shop]
    wanted: np.ndarray = _SEASONS[CATEGORY].T[MONTHS % 12] * popular * ON_SALE
    if shop == truths.STOCKOUT_SHOP and plants.has_stockout:
        first, last = truths.STOCKOUT_DAYS
        wanted[first : last + 1, truths.STOCKOUT_PRODUCT] = 0
    day = np.arange(DAYS)
    return wanted * (_WEEKS[shop][day % 7] * (1 + _GROWTH[shop] * day / 365))[:, None]


def product_id(column: str) -> str:
    """SQL of a product's id."""
    return f"format('G{{:03d}}', {column} + 1)"


def store_products(connection: duckdb.DuckDBPyConnection) -> None:
    """One row per product, those no longer sold among them; `updated_at` is when it was added or
    taken off sale."""
    number = np.arange(COUNT)
    imported = np.isin(number, IMPORTED)
    store(
        connection,
        "products",
        {
            "number": number,
            "name": texts([product.name for product in PRODUCTS]),
            "category": texts([product.category for product in PRODUCTS]),
            "brand": texts([product.brand for product in PRODUCTS]),
            "cost": np.where(imported, COST // _DOLLAR, COST),
            "imported": imported,
            "is_active": UNTIL >= DAYS,
            "updated_at": np.where(UNTIL < DAYS, UNTIL + 1, SINCE) * DAY + _ENTERED,
        },
        product_id=product_id("number"),
        sku="upper(category[:2]) || '-' || (101 + number)",
        currency="case when cost < 0 then null when imported then 'USD' else 'RUB' end",
    )


def take_products_back(connection: duckdb.DuckDBPyConnection, end: datetime) -> None:
    """The products that were there before `end`: those taken off sale later are sold still."""
    added = {"number": np.arange(COUNT), "added_at": SINCE * DAY + _ENTERED}
    columns = f"{product_id('number')} as product_id, {moment('added_at')} as added_at"
    connection.from_arrow(pa.table(added)).project(columns).create_view("product_added")
    connection.execute(
        """
        update products set is_active = true, updated_at = product_added.added_at
        from product_added
        where products.product_id = product_added.product_id and products.updated_at >= $end
        """,
        {"end": end},
    )
    connection.execute("delete from products where updated_at >= $end", {"end": end})
    connection.execute("drop view product_added")
