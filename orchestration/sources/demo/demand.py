"""What is wanted in the shops, day by day."""

import numpy as np

from orchestration.sources.demo import shop_truths
from orchestration.sources.demo.clock import DAYS, MONTHS
from orchestration.sources.demo.goods import CATEGORY, ON_SALE, PRODUCTS, SOLD_IN
from orchestration.sources.demo.truths import Plants

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
    if shop == shop_truths.STOCKOUT_SHOP and plants.has_stockout:
        first, last = shop_truths.STOCKOUT_DAYS
        wanted[first : last + 1, shop_truths.STOCKOUT_PRODUCT] = 0
    day = np.arange(DAYS)
    wanted *= (_WEEKS[shop][day % 7] * (1 + _GROWTH[shop] * day / 365))[:, None]
    return wanted
