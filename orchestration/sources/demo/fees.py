"""What the shops take: for orders, for storage, for advertising; and what they give back."""

import duckdb
import numpy as np

from orchestration.sources.demo import goods, truths
from orchestration.sources.demo.clock import DAY, DAYS, MONTH_COUNT, MONTH_ENDS, MONTHS
from orchestration.sources.demo.frame import MISSING, Frame, key, labels, stack, store, take
from orchestration.sources.demo.truths import Plants

KINDS = [
    *("commission", "logistics", "storage", "advertising", "acquiring"),
    *("returns", "penalty", "subsidy"),
]
COMMISSION, LOGISTICS, STORAGE, ADVERTISING, ACQUIRING, RETURNS, PENALTY, SUBSIDY = range(8)

# By shop; of what the client paid.
_COMMISSION = np.array([0, 0.14, 0.16, 0.05])
_LOGISTICS = np.array([0.03, 0.05, 0.06, 0.03])
_LOGISTICS_EACH = 9_000  # hundredths, by line
_ACQUIRING = np.array([0.021, 0.015, 0.015, 0.025])
_ADS = np.array([0, 0.06, 0.05, 0.06])
_BACK, _BACK_EACH = 0.03, 25_000
_SUBSIDISED, _SUBSIDY = 0.12, 0.05
_PENALISED, _PENALTY = 0.015, (50_000, 200_000)
_A_DAY_IN_STORE = 60  # hundredths, for one piece
_NOT_SAID = 0.05  # fees of orders that name no order


def all_fees(
    rng: np.random.Generator, orders: Frame, lines: Frame, stock: Frame, plants: Plants
) -> Frame:
    """One row per fee, by day: `date`, `shop`, `kind`, `amount` in hundredths (a refund is
    negative), `order` and `product` (-1: none), `usd`."""
    fees = stack(
        *_of_lines(rng, orders, lines, plants),
        *_of_orders(rng, orders, lines),
        _storage(stock),
        *(_advertising(rng, shop, orders, lines, plants) for shop in np.flatnonzero(_ADS)),
    )
    fees = take(fees, (fees["date"] < DAYS) & (fees["amount"] != 0))
    fees = take(fees, np.argsort(fees["date"], kind="stable"))
    unsaid = (rng.random(len(fees["date"])) < _NOT_SAID) & (fees["kind"] != COMMISSION)
    return fees | {"order": np.where(unsaid, MISSING, fees["order"])}


def _fees(
    date: np.ndarray, shop: np.ndarray | int, kind: int, amount: np.ndarray, **ids: np.ndarray
) -> Frame:
    size = len(date)
    return {
        "date": date,
        "shop": np.full(size, shop),
        "kind": np.full(size, kind),
        "amount": np.round(amount).astype(np.int64),
        "order": ids.get("order", np.full(size, MISSING)),
        "product": ids.get("product", np.full(size, MISSING)),
        "usd": ids.get("usd", np.zeros(size, dtype=bool)),
    }


def _of_lines(
    rng: np.random.Generator, orders: Frame, lines: Frame, plants: Plants
) -> list[Frame]:
    """Commission, delivery and the way back, for each line of a delivered order; the commission on
    what came back is given back."""
    lines = take(lines, orders["delivered_at"][lines["order"]] != MISSING)
    order, size = lines["order"], len(lines["order"])
    shop, usd = orders["shop"][order], orders["usd"][order]
    ids = {"order": order, "product": lines["product"], "usd": usd}
    paid = lines["price"] * lines["quantity"]
    day = orders["delivered_at"][order] // DAY
    commission = paid * _COMMISSION[shop]
    is_loss = (shop == truths.LOSS_SHOP) & (lines["product"] == truths.LOSS_PRODUCT)
    share = np.where(is_loss, plants.loss_logistics, _LOGISTICS[shop])
    # A parcel more is a fee more.
    parcels = np.where(lines["line_no"] == 1, orders["parcels"][order], 1)
    rows = np.repeat(np.arange(size), parcels)
    delivery = (paid * share + np.where(usd, 0, _LOGISTICS_EACH))[rows] / parcels[rows]
    back_at = np.maximum(orders["returned_at"], orders["part_returned_at"])[order]
    back = np.flatnonzero((lines["returned"] > 0) & (back_at != MISSING))
    way_back = (lines["price"] * lines["returned"] * _BACK + _BACK_EACH)[back]
    back_day = back_at[back] // DAY + rng.integers(1, 6, len(back))
    back_ids = {name: values[back] for name, values in ids.items()}
    given_back = commission[back] * lines["returned"][back] / lines["quantity"][back]
    return [
        _fees(day + rng.integers(1, 8, size), shop, COMMISSION, commission, **ids),
        _fees(
            (day + rng.integers(0, 4, size))[rows] + np.arange(len(rows)) % 2,
            shop[rows],
            LOGISTICS,
            delivery,
            **{name: values[rows] for name, values in ids.items()},
        ),
        _fees(back_day, shop[back], RETURNS, way_back, **back_ids),
        _fees(back_day + 1, shop[back], COMMISSION, -given_back, **back_ids),
    ]


def _of_orders(rng: np.random.Generator, orders: Frame, lines: Frame) -> list[Frame]:
    """The fee of the payment, penalties of late orders, and the shop's part of a discount."""
    size = len(orders["shop"])
    shop, every = orders["shop"], np.arange(size)
    paid = np.bincount(lines["order"], lines["price"] * lines["quantity"], minlength=size)
    is_paid = orders["paid_at"] != MISSING
    day = orders["paid_at"] // DAY + rng.integers(1, 4, size)
    in_market = np.isin(shop, goods.MARKETS) & is_paid
    late, subsidised = rng.random((2, size))
    late, subsidised = (
        np.flatnonzero(in_market & (luck < share))
        for luck, share in ((late, _PENALISED), (subsidised, _SUBSIDISED))
    )
    penalty = rng.integers(*_PENALTY, len(late)) // 100 * 100
    return [
        _fees(
            day[is_paid],
            shop[is_paid],
            ACQUIRING,
            (paid * _ACQUIRING[shop])[is_paid],
            order=every[is_paid],
            usd=orders["usd"][is_paid],
        ),
        _fees(day[late] + 4, shop[late], PENALTY, penalty, order=late),
        _fees(day[subsidised] + 6, shop[subsidised], SUBSIDY, -paid[subsidised] * _SUBSIDY,
              order=subsidised),
    ]


def _storage(stock: Frame) -> Frame:
    """For each product in a marketplace's warehouse, at the end of the month."""
    own = take(stock, np.isin(stock["shop"], goods.MARKETS))
    place = (own["shop"] * MONTH_COUNT + MONTHS[own["date"]]) * goods.COUNT + own["product"]
    pieces = np.bincount(place, own["quantity"])
    used = np.flatnonzero(pieces)
    month, product = used // goods.COUNT % MONTH_COUNT, used % goods.COUNT
    return _fees(
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
    usual = goods.demand(shop, plants) @ goods.PRICE
    day = np.arange(DAYS)
    then = (shop == truths.ADS_SHOP) & (day >= truths.ADS_FROM_DAY)
    share = np.where(then, plants.ads_then, _ADS[shop])
    spent = share * sold * usual / usual.sum() * rng.uniform(0.8, 1.2, DAYS)
    return _fees(day, shop, ADVERTISING, spent)


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
        order_id=key("O", "\"order\""),
        product_id=f"case when product >= 0 then {goods.product_id('product')} end",
    )
