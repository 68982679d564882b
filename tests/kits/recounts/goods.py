"""The marts of goods counted again from the star: fee by fee and day by day, in fractions."""

from collections import defaultdict, deque
from datetime import date
from fractions import Fraction

import pandas as pd

ZONE = "Europe/Moscow"
COLUMN = {"penalty": "other", "subsidy": "other"}
Key = tuple[date, str, str]


def month(day: date) -> date:
    return day.replace(day=1)


def local_day(times: pd.Series) -> pd.Series:
    return times.dt.tz_localize("UTC").dt.tz_convert(ZONE).dt.date


def sold_lines(orders: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """The lines of orders that were paid, or delivered, and not cancelled, with their day."""
    paid = orders[(orders["status"] != "cancelled") & ~orders["is_test"]].copy()
    at = paid[["paid_at", "delivered_at"]].min(axis=1)
    told = paid["status"].isin(["paid", "delivered"]) | at.notna()
    at = at.where(at.isna() | (at > paid["created_at"]), paid["created_at"])
    paid["day"] = local_day(at.fillna(paid["created_at"]))
    keys = ["source", "order_id"]
    return lines.merge(paid.loc[told, [*keys, "day"]], on=keys)


def sales(sold: pd.DataFrame) -> dict[Key, dict[str, Fraction | None]]:
    """By day, shop and product: what stayed with clients; None: not known."""
    found: dict = defaultdict(lambda: defaultdict(Fraction))
    for line in sold.itertuples():
        row = found[line.day, line.shop, line.product_id]
        kept = Fraction(line.quantity) - Fraction(line.returned_quantity)
        each = Fraction(line.revenue_base) / Fraction(line.quantity)
        row["units"] += Fraction(line.quantity)
        row["returned_units"] += Fraction(line.returned_quantity)
        row["revenue"] += each * kept
        if pd.isna(line.cost_base):
            row["unknown"] += kept
        else:
            row["cost"] += Fraction(line.cost_base) / Fraction(line.quantity) * kept
            row["covered"] += each * kept
            row["covered_units"] += kept
    return found


def fees(charged: pd.DataFrame, lines: pd.DataFrame, sold: dict) -> dict[Key, dict[str, Fraction]]:
    """By month, shop and product: the fees by column, each shared by itself."""
    of_order: dict = defaultdict(lambda: defaultdict(Fraction))
    for line in lines.itertuples():
        of_order[line.source, line.order_id][line.product_id] += Fraction(line.revenue_base)
    of_month: dict = defaultdict(lambda: defaultdict(Fraction))
    for (day, shop, product), row in sold.items():
        of_month[month(day), shop][product] += row["revenue"]
    found: dict = defaultdict(lambda: defaultdict(Fraction))
    for fee in charged[~charged["is_test"]].itertuples():
        start = month(fee.date.date())
        if pd.notna(fee.product_id):
            shares = {fee.product_id: Fraction(1)}
        else:
            shares = of_order.get((fee.source, fee.order_id)) or of_month[start, fee.shop]
        total = sum(shares.values())
        if not total:
            shares, total = {"unassigned": Fraction(1)}, Fraction(1)
        column = COLUMN.get(fee.kind, fee.kind)
        for product, share in shares.items():
            found[start, fee.shop, product][column] += Fraction(fee.amount_base) * share / total
    return found


def known_costs(products: pd.DataFrame, lines: pd.DataFrame) -> dict[str, date]:
    """Since which month a cost of a product is known."""
    since = dict.fromkeys(products[products["cost"].notna()]["product_id"], date.min)
    for line in lines[lines["cost_base"].notna() & ~lines["is_test"]].itertuples():
        start = month(line.created_on.date())
        since[line.product_id] = min(start, since.get(line.product_id, start))
    return since | {"unassigned": date.min}


def stock(counted: pd.DataFrame, sold: dict) -> dict[Key, dict[str, Fraction | None]]:
    """By month, shop and product: the days without stock, what they cost, and how long it lasts."""
    counted = counted.assign(
        free=counted["quantity"].astype(float) - counted["reserved"].fillna(0).astype(float)
    )
    counted["free"] = counted["free"].clip(lower=0)
    daily = counted.groupby(["shop", "product_id", "date"])["free"].sum().reset_index()
    found: dict = {}
    shared: dict = defaultdict(Fraction)
    places = defaultdict(list)
    for row in counted.itertuples():
        place = row.shop if pd.isna(row.warehouse) else row.warehouse, pd.isna(row.warehouse)
        places[row.shop, row.product_id, row.date].append((place, row.free))
    for (shop, product), days in daily.groupby(["shop", "product_id"]):
        last: deque = deque(maxlen=28)
        for row in days.sort_values("date").itertuples():
            day = row.date.date()
            own = sold.get((day, shop, product), defaultdict(Fraction))
            if row.free > 0:
                last.append((own["units"], own["revenue"]))
            of_month = found.setdefault(
                (month(day), shop, product), {"days": 0, "empty": 0, "lost": Fraction()}
            )
            units, revenue = (sum(one) / len(last) for one in zip(*last, strict=True))
            of_month["days"] += 1
            of_month["empty"] += row.free <= 0
            of_month["lost"] += revenue if row.free <= 0 else 0
            of_month["end"] = row.free
            of_month["usual"] = units
            of_month["places"] = places[shop, product, row.date]
    for (first, _, product), row in found.items():
        for place, _ in row["places"]:
            shared[first, product, place] += row["usual"]
    for (first, _, product), row in found.items():
        sells = {place: shared[first, product, place] for place, _ in row["places"]}
        ends = any(sells.values()) and all(sells[place] for place, free in row["places"] if free)
        row["lasts"] = (
            sum(Fraction(free) / sells[place] for place, free in row["places"] if free)
            if ends
            else None
        )
    return found
