"""What the shops take for orders, and what they give back."""

import numpy as np

from orchestration.sources.demo import goods, shop_truths
from orchestration.sources.demo.clock import DAY
from orchestration.sources.demo.frame import MISSING, Frame, take
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
_BACK, _BACK_EACH = 0.03, 25_000
_SUBSIDISED, _SUBSIDY = 0.12, 0.05
_PENALISED, _PENALTY = 0.015, (50_000, 200_000)


def fee_rows(
    date: np.ndarray, shop: np.ndarray | int, kind: int, amount: np.ndarray, **ids: np.ndarray
) -> Frame:
    """Fees of one kind, with what each is for, the rest missing."""
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


def fees_of_lines(
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
    is_loss = (shop == shop_truths.LOSS_SHOP) & (lines["product"] == shop_truths.LOSS_PRODUCT)
    share = np.where(is_loss, plants.loss_logistics, _LOGISTICS[shop])
    # A parcel more is a fee more.
    parcels = np.where(lines["line_no"] == 1, orders["parcels"][order], 1)
    rows = np.repeat(np.arange(size), parcels)
    delivery = (paid * share + np.where(usd, 0, _LOGISTICS_EACH))[rows] / parcels[rows]
    back_at = np.maximum(orders["returned_at"], orders["part_returned_at"])[order]
    back = np.flatnonzero((lines["returned"] > 0) & (back_at != MISSING))
    way_back = (lines["price"] * lines["returned"] * _BACK + np.where(usd, 0, _BACK_EACH))[back]
    back_day = back_at[back] // DAY + rng.integers(1, 6, len(back))
    back_ids = {name: values[back] for name, values in ids.items()}
    given_back = commission[back] * lines["returned"][back] / lines["quantity"][back]
    return [
        fee_rows(day + rng.integers(1, 8, size), shop, COMMISSION, commission, **ids),
        fee_rows(
            (day + rng.integers(0, 4, size))[rows] + np.arange(len(rows)) % 2,
            shop[rows],
            LOGISTICS,
            delivery,
            **{name: values[rows] for name, values in ids.items()},
        ),
        fee_rows(back_day, shop[back], RETURNS, way_back, **back_ids),
        fee_rows(back_day + 1, shop[back], COMMISSION, -given_back, **back_ids),
    ]


def fees_of_orders(rng: np.random.Generator, orders: Frame, lines: Frame) -> list[Frame]:
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
        fee_rows(
            day[is_paid],
            shop[is_paid],
            ACQUIRING,
            (paid * _ACQUIRING[shop])[is_paid],
            order=every[is_paid],
            usd=orders["usd"][is_paid],
        ),
        fee_rows(day[late] + 4, shop[late], PENALTY, penalty, order=late),
        fee_rows(
            day[subsidised] + 6,
            shop[subsidised],
            SUBSIDY,
            -paid[subsidised] * _SUBSIDY,
            order=subsidised,
        ),
    ]
