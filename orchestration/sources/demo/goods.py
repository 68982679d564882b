"""The goods and the shops: what is sold where, at which price, from when until when."""

from typing import NamedTuple

import numpy as np

from orchestration.sources.demo.clock import DATES, DAYS

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


def product_id(column: str) -> str:
    """SQL of a product's id."""
    return f"format('G{{:03d}}', {column} + 1)"
