"""What is in the orders: products, quantities and prices."""

import numpy as np

from orchestration.sources.demo import goods, shop_truths
from orchestration.sources.demo.clock import DAY, DAYS
from orchestration.sources.demo.demand import demand
from orchestration.sources.demo.frame import MISSING, Frame, pick, stack, take
from orchestration.sources.demo.truths import Plants

_LINES = np.array([0.64, 0.26, 0.1])  # one to three
_PIECES = [0.85, 0.1, 0.03, 0.02]  # one to four of a product
_DISCOUNTS, _DISCOUNTED = np.array([0, 5, 10, 15]), [0.6, 0.2, 0.12, 0.08]
_ROUND = 1_000  # hundredths: prices end on ten roubles
_UNLISTED, _EMPTY = 0.003, 0.002
_LEAST_PART = 1_200_000  # hundredths: a deal of less than this a line has fewer lines
_PACKS = np.array([1, 2, 4, 5])  # an amount in hundreds of roubles is divisible by them
_INFLATION = 0.1  # of costs, over the whole time


def all_lines(rng: np.random.Generator, orders: Frame, dollar: np.ndarray, plants: Plants) -> Frame:
    """One row per line, by order: `order` (its row), `line_no`, `product`, `quantity`, `price`,
    `list_price` and `cost` of one (-1: unknown), in hundredths of the order's currency, and
    `returned`: how many came back. Some orders have none."""
    has_lines = rng.random(len(orders["shop"])) >= _EMPTY
    of_crm = orders["amount"] != MISSING
    lines = stack(
        _of_deals(rng, orders, np.flatnonzero(of_crm)),
        _drawn(rng, orders, np.flatnonzero(~of_crm & has_lines), plants),
    )
    lines = take(lines, np.argsort(lines["order"], kind="stable"))
    order, line_no = lines["order"], _numbers(lines["order"])
    day = orders["created_at"][order] // DAY
    in_shop = np.isin(orders["shop"][order], goods.MARKETS)
    cost = goods.COST[np.minimum(lines["product"], goods.COUNT - 1)]
    unknown = in_shop | (cost < 0) | (lines["product"] == goods.UNLISTED)
    then = np.round(cost * (1 - _INFLATION * (1 - day / DAYS))).astype(np.int64)
    rate = np.where(orders["usd"][order], dollar[day], 1.0)
    in_currency = {
        name: np.where(values < 0, MISSING, np.round(values / rate).astype(np.int64))
        for name, values in (
            ("price", lines["price"]),
            ("list_price", lines["list_price"]),
            ("cost", np.where(unknown, MISSING, then)),
        )
    }
    whole = orders["returned_at"][order] != MISSING
    units = np.bincount(order, lines["quantity"])[order]
    in_part = (orders["part_returned_at"][order] != MISSING) & (line_no == 1) & (units > 1)
    returned = np.where(whole, lines["quantity"], np.where(in_part, 1, 0))
    return lines | in_currency | {"line_no": line_no, "returned": returned}


def _numbers(order: np.ndarray) -> np.ndarray:
    """1, 2, 3... within each order of the sorted rows."""
    begins = np.append(True, np.diff(order) > 0)
    start = np.flatnonzero(begins)[np.cumsum(begins) - 1]
    numbers: np.ndarray = np.arange(len(order)) - start + 1
    return numbers


def _drawn(rng: np.random.Generator, orders: Frame, rows: np.ndarray, plants: Plants) -> Frame:
    """Lines of orders that the CRM does not have: what is wanted that day in that shop."""
    fixed = orders["product"][rows] != MISSING
    rows = np.repeat(rows, np.where(fixed, 1, pick(rng, len(rows), _LINES) + 1))
    size = len(rows)
    shop, day = orders["shop"][rows], orders["created_at"][rows] // DAY
    luck, product = rng.random(size), orders["product"][rows]
    for number in range(len(goods.SHOPS)):
        edges = np.cumsum(demand(number, plants), axis=1)
        edges /= edges[:, -1:]
        own = (shop == number) & (product == MISSING)
        product[own] = (luck[own][:, None] >= edges[day[own]]).sum(axis=1)
    discount = _DISCOUNTS[pick(rng, size, _DISCOUNTED)]
    discount = np.where(orders["sure"][rows], 0, discount)
    is_loss = (shop == shop_truths.LOSS_SHOP) & (product == shop_truths.LOSS_PRODUCT)
    discount = discount + np.where(is_loss, plants.loss_discount, 0)
    quantity = pick(rng, size, _PIECES) + 1
    given = orders["quantity"][rows]
    list_price = goods.PRICE[product]
    unlisted = (rng.random(size) < _UNLISTED) & ~orders["sure"][rows]
    return {
        "order": rows,
        "product": np.where(unlisted, goods.UNLISTED, product),
        "quantity": np.where(given == MISSING, quantity, given),
        "price": list_price * (100 - discount) // 100 // _ROUND * _ROUND,
        "list_price": list_price,
    }


def _of_deals(rng: np.random.Generator, orders: Frame, rows: np.ndarray) -> Frame:
    """Lines that add up to the amount of the deal; the first is of the product of the deal."""
    amount = orders["amount"][rows]
    count = np.minimum(pick(rng, len(rows), _LINES) + 1, np.maximum(amount // _LEAST_PART, 1))
    share = rng.dirichlet([6.0, 4.0, 3.0], len(rows)) * (np.arange(3) < count[:, None])
    share /= share.sum(axis=1, keepdims=True)
    parts = (amount[:, None] * share).astype(np.int64) // 10_000 * 10_000
    parts[:, 0] += amount - parts.sum(axis=1)
    row, place = np.nonzero(parts > 0)
    category = np.where(place == 0, orders["category"][rows[row]], MISSING)
    product, quantity = _fitting(parts[row, place], category)
    price = parts[row, place] // quantity
    list_price = goods.PRICE[product]
    return {
        "order": rows[row],
        "product": product,
        "quantity": quantity,
        "price": price,
        "list_price": np.where(list_price < price, MISSING, list_price),
    }


def _fitting(part: np.ndarray, category: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The product and the quantity whose list price is the least that covers each part of an
    amount, in the category (-1: any)."""
    always = goods.SOLD_IN[goods.SITE] & goods.ON_SALE.all(axis=0)
    product = np.repeat(np.flatnonzero(always), len(_PACKS))
    pack = np.tile(_PACKS, int(always.sum()))
    total = goods.PRICE[product] * pack
    fits = (category == MISSING)[:, None] | (category[:, None] == goods.CATEGORY[product])
    short = total < part[:, None]
    # What does not cover it comes last, the dearest of it first.
    far = 10 * total.max()
    badness = np.where(short, far - total, total) + np.where(fits, 0, 10 * far)
    best = np.argmin(badness, axis=1)
    return product[best], pack[best]
