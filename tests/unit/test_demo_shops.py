"""The shops of the demo company: orders, goods, fees and stock that agree with each other and with
the CRM, counted plainly with pandas over the raw tables."""

from datetime import date

import duckdb
import numpy as np
import pandas as pd
import pytest

from kits.shops import MOSCOW, Shops
from orchestration.sources.demo.company import generate
from orchestration.sources.demo.until import keep_until

FIRST, LAST = "2024-01-01", "2026-06-30"
MARKETS = ["market_one", "market_two"]
EARLIER = date(2025, 12, 15)


@pytest.fixture(scope="module", params=[7, 20], ids="seed {}".format)
def company(request):
    connection = duckdb.connect()
    generate(connection, request.param, 1)
    return connection


@pytest.fixture(scope="module")
def shops(company):
    return Shops(company)


@pytest.fixture(scope="module")
def before():
    """The company at the end of an earlier day."""
    connection = duckdb.connect()
    generate(connection, 7, 1)
    whole = Shops(connection)
    keep_until(connection, EARLIER)
    return whole, Shops(connection)


def test_the_shops_have_their_size(shops):
    orders = shops.orders.groupby("shop").size()
    assert set(orders.index) == {"site", *MARKETS, "social_shop"}
    assert 6_000 < orders.sum() < 7_200
    assert orders.min() > 400
    lines = shops.lines.groupby("order_id").size()
    assert set(lines) == {1, 2, 3}
    assert 24 <= len(shops.table("products")) <= 30
    assert 40_000 < len(shops.table("stock")) < 70_000
    assert 20_000 < len(shops.table("fees")) < 30_000


def test_orders_of_the_site_that_the_crm_has_are_its_won_deals(shops):
    site = shops.orders[shops.orders.shop == "site"]
    known = site[site.deal_id.notna()]
    assert 0.4 < len(known) / len(site) < 0.6
    assert shops.orders.deal_id.count() == len(known)
    assert known.deal_id.is_unique
    amounts = shops.lines.groupby("order_id").amount.sum().rename("ordered").reset_index()
    pairs = known.merge(shops.table("deals"), on="deal_id", suffixes=("", "_of_deal"))
    pairs = pairs.merge(amounts, on="order_id")
    assert len(pairs) == len(known)
    assert (pairs.ordered == pairs.amount).all()
    assert set(pairs.pipeline_id) == {"b2c"} and set(pairs.status_of_deal) == {"won"}
    assert (pairs.contact_id == pairs.contact_id_of_deal).all()
    assert (pairs.currency == pairs.currency_of_deal).all()
    linked = pairs.dropna(subset=["lead_id", "lead_id_of_deal"])
    assert (linked.lead_id == linked.lead_id_of_deal).all() and len(linked) > 500
    first_paid = shops.table("payments").query("not is_refund").groupby("deal_id").paid_at.min()
    assert (pairs.set_index("deal_id").paid_at == first_paid[pairs.deal_id]).all()


def test_a_few_orders_of_the_crm_are_told_by_the_client_and_the_minute_only(shops):
    """They name neither lead nor deal; the lead has the same phone and the same second."""
    digits = r"\D"
    leads = shops.table("leads").dropna(subset=["deal_id"])
    unnamed = shops.orders[(shops.orders.shop == "site") & shops.orders.deal_id.isna()]
    pairs = unnamed.merge(leads, on="created_at", suffixes=("", "_of_lead"))
    tails = [
        pairs[n].str.replace(digits, "", regex=True).str[-10:] for n in ("phone", "phone_of_lead")
    ]
    pairs = pairs[tails[0] == tails[1]]
    assert 10 <= len(pairs) <= 60
    deals = shops.table("deals").set_index("deal_id").amount
    ordered = shops.lines.groupby("order_id").amount.sum()
    ids = pairs.deal_id_of_lead
    assert (ordered[pairs.order_id].to_numpy() == deals[ids].to_numpy()).all()


def test_a_marketplace_hides_its_clients(shops):
    given = ["contact_id", "phone", "email", "messenger", "client_id", "lead_id", "deal_id"]
    filled = shops.orders.groupby("shop")[given].count().gt(0)
    assert set(filled.columns[filled.loc["market_one"]]) == {"client_id"}
    assert not filled.loc["market_two"].any()
    assert set(filled.columns[filled.loc["social_shop"]]) == {"phone", "messenger"}
    social = shops.orders[shops.orders.shop == "social_shop"]
    assert social[["phone", "messenger"]].notna().any(axis=1).all()
    site = shops.orders[shops.orders.shop == "site"]
    assert site.phone.notna().all()
    assert site[site.deal_id.isna()].utm_source.notna().mean() > 0.5
    assert shops.orders[shops.orders.shop != "site"].utm_source.isna().all()


def test_the_shops_grow_and_each_category_has_its_season(shops):
    passing = shops.lines[shops.lines.deal_id.isna()].merge(
        shops.table("products"), on="product_id"
    )
    months = passing.groupby([passing.category, passing.day.dt.to_period("M")]).quantity.sum()
    for category, high, low in (
        ("table", (5, 6), (11, 12)),
        ("sofa", (11, 12), (5, 6)),
        ("office_set", (8, 9), (5, 6)),
    ):
        of_2025 = [sum(months[category, f"2025-{m:02d}"] for m in pair) for pair in (high, low)]
        assert of_2025[0] > 1.15 * of_2025[1], category
    halves = shops.orders.groupby(["shop", shops.orders.day.dt.to_period("Q")]).size()
    for shop in ("market_one", "market_two", "social_shop"):
        assert halves[shop, "2026Q2"] > 1.2 * halves[shop, "2024Q2"], shop
    weekday = shops.orders[shops.orders.shop.isin(MARKETS)].day.dt.day_of_week.value_counts()
    assert weekday[[5, 6]].mean() > 1.1 * weekday[[0, 1, 2, 3, 4]].mean()


def test_money_makes_sense(shops):
    """Prices are not above the list price, and but for the planted product above the cost."""
    lines = shops.lines.dropna(subset=["list_price"])
    assert (lines.price <= lines.list_price).all() and len(lines) == len(shops.lines)
    known = shops.lines.dropna(subset=["cost"])
    assert (known.price < known.cost).mean() < 0.01
    products = shops.table("products")
    assert products.cost.isna().sum() == 3 and (~products.is_active).sum() == 2
    assert set(products.currency.dropna()) == {"RUB", "USD"}
    assert (products.currency.isna() == products.cost.isna()).all()
    in_dollars = shops.lines[shops.lines.currency == "USD"]
    assert 0 < len(in_dollars) < 60 and in_dollars.price.max() < 3_000


def test_fees_follow_their_orders(shops):
    fees = shops.table("fees")
    assert (fees.amount != 0).all()
    negative = fees[fees.amount < 0]
    assert set(negative.kind) == {"commission", "subsidy"}
    assert (fees[fees.kind == "subsidy"].amount < 0).all()
    assert set(fees[fees.order_id.isna()].kind) > {"storage", "advertising", "logistics", "penalty"}
    assert fees[fees.kind.isin(["storage", "advertising"])].order_id.isna().all()
    # The commission of a line is its shop's share of what the client paid.
    paid = fees[(fees.kind == "commission") & (fees.amount > 0)].merge(
        shops.lines.groupby(["order_id", "product_id"]).amount.sum().rename("price").reset_index(),
        on=["order_id", "product_id"],
    )
    taken = paid.groupby(["order_id", "product_id", "shop"]).agg({"amount": "sum", "price": "max"})
    rate = taken.amount.groupby("shop").sum() / taken.price.groupby("shop").sum()
    assert rate["market_one"] == pytest.approx(0.14, abs=1e-4)
    assert rate["market_two"] == pytest.approx(0.16, abs=1e-4)
    late = (fees.merge(shops.orders[["order_id", "day"]], on="order_id").eval("date - day")).dt.days
    assert late.min() >= 0 and 3 < late.median() < 20


def test_stock_is_what_was_bought_less_what_was_sold(shops):
    """What can be sold goes down by what is ordered, and up by what is cancelled, comes back or
    arrives; what arrives was in transit before."""
    stock = shops.table("stock")
    stock["date"] = pd.to_datetime(stock.date)
    shared = stock[stock.warehouse == "central"].groupby(["date", "product_id"])
    assert (shared[["quantity", "reserved", "in_transit"]].nunique() == 1).all(axis=None)
    assert stock[["quantity", "reserved", "in_transit"]].min().min() == 0
    places = stock.drop_duplicates(["date", "warehouse", "product_id"])
    warehouses = stock.drop_duplicates("shop").set_index("shop").warehouse
    assert warehouses["site"] == warehouses["social_shop"] and warehouses.nunique() == 3

    lines = shops.lines.assign(warehouse=shops.lines.shop.map(warehouses))
    cancelled = lines[lines.status == "cancelled"]
    back = lines[lines.returned_quantity > 0]
    moves = pd.concat(
        [
            lines.assign(date=lines.day, units=lines.quantity),
            cancelled.assign(date=cancelled.cancelled_at + MOSCOW, units=-cancelled.quantity),
            back.assign(date=back.updated_at + MOSCOW, units=-back.returned_quantity),
        ]
    )
    moves["date"] = moves.date.dt.normalize()
    out = moves.groupby(["warehouse", "product_id", "date"]).units.sum().rename("out")
    rows = places.set_index(["warehouse", "product_id", "date"]).join(out).fillna({"out": 0})
    rows = rows.sort_index()
    rows["free"] = rows.quantity - rows.reserved
    series = rows.groupby(level=["warehouse", "product_id"])
    arrived = series.free.diff() + rows.out
    fell = -series.in_transit.diff().fillna(0)
    truth = ("one_hub", "G009")
    dry = rows.index.isin([(*truth, day) for day in pd.date_range("2025-10-06", "2025-11-09")])
    first = series.cumcount() == 0
    usual = ~dry & ~first
    assert (arrived[usual] >= 0).all()
    assert (arrived[usual & (arrived > 0)] == fell[usual & (arrived > 0)]).all()
    assert (arrived[usual] > 0).sum() > 1_000
    assert (rows.free[dry] == 0).all() and (rows.free[~dry] > 0).all()


def test_stock_is_known_for_the_days_on_which_a_product_is_sold(shops):
    stock = shops.table("stock")
    days = stock.groupby(["shop", "product_id"]).date.agg(["min", "max", "count"])
    ends = pd.to_datetime(days["max"]) - pd.to_datetime(days["min"])
    assert (ends.dt.days + 1 == days["count"]).all()
    assert str(days["min"].min())[:10] == FIRST and str(days["max"].max())[:10] == LAST
    sold = shops.lines[shops.lines.product_id != "G029"]
    pairs = sold.set_index(["shop", "product_id"]).join(days)
    assert (pairs.day >= pd.to_datetime(pairs["min"])).all()
    assert (pairs.day <= pd.to_datetime(pairs["max"])).all()


def test_an_earlier_day_shows_each_order_as_it_was(before):
    whole, then = before
    end = pd.Timestamp("2025-12-15 21:00")
    made = whole.orders[whole.orders.created_at < end].set_index("order_id")
    shown = then.orders.set_index("order_id")
    assert set(shown.index) == set(made.index)
    made = made.loc[shown.index]
    for name in ("paid_at", "delivered_at", "cancelled_at"):
        assert shown[name].equals(made[name].where(made[name] < end)), name
    finished = made.updated_at < end
    assert shown.status[finished].equals(made.status[finished])
    moving = shown[~finished].status.value_counts()
    assert set(moving.index) == {"new", "paid", "shipped", "delivered"} and moving.sum() > 20
    assert (shown.updated_at < end).all()
    assert (
        then.versions.groupby("order_id").updated_at.nunique()
        == then.versions.groupby("order_id").size()
    ).all()
    back, all_back = (side.lines[side.lines.returned_quantity > 0] for side in (then, whole))
    known = all_back[all_back.updated_at < end].set_index(["order_id", "line_no"])
    assert 100 < len(known) < len(all_back)
    assert back.set_index(["order_id", "line_no"]).returned_quantity.equals(known.returned_quantity)
    assert (back.updated_at < end).all()


def test_an_earlier_day_has_the_products_of_that_day(before):
    connection = duckdb.connect()
    generate(connection, 7, 0.1)
    keep_until(connection, date(2025, 1, 10))
    products = Shops(connection).table("products").set_index("product_id")
    # The walk-in wardrobe came in February, the marble table went in March.
    assert "G021" not in products.index and products.is_active["G014"]
    _, then = before
    now = then.table("products").set_index("product_id")
    assert "G021" in now.index and not now.is_active["G014"]
    assert set(then.table("stock").product_id) <= set(now.index)


def test_clients_of_the_site_have_their_rhythm(shops):
    """Many order again and again at intervals of their own; some of them have stopped."""
    site = shops.orders[(shops.orders.shop == "site") & shops.orders.deal_id.isna()]
    clients = site.assign(client=site.phone.str.replace(r"\D", "", regex=True).str[-10:])
    days = clients.sort_values("created_at").groupby("client").created_at
    gaps = days.diff().dt.total_seconds() / 86_400
    by_client = gaps.groupby(clients.client)
    steady = pd.DataFrame({"n": by_client.count(), "cv": by_client.std() / by_client.mean()})
    steady["median"] = by_client.median()
    steady = steady[(steady.n >= 8) & (steady.cv < 0.15)]
    assert len(steady) >= 20
    assert steady["median"].max() > 2 * steady["median"].min()
    since = (pd.Timestamp("2026-06-30 21:00") - days.max()[steady.index]).dt.days
    overdue = since / steady["median"]
    # Whoever stopped has been away for long, the overdue one for three intervals, nobody else.
    assert (overdue > 1.4).sum() >= 3
    assert ((overdue > 1.4) & (since < 200)).sum() == 1


def test_some_clients_buy_more_in_their_own_month(shops):
    single = shops.lines[shops.lines.contact_id.notna() & shops.lines.deal_id.isna()]
    months = single.groupby(["contact_id", single.day.dt.month]).quantity.mean().unstack()
    regular = single.groupby("contact_id").product_id.agg(["nunique", "size"])
    seasonal = months.loc[regular.index[(regular["nunique"] == 1) & (regular["size"] > 20)]]
    assert len(seasonal) == 8
    ratio = seasonal.max(axis=1) / seasonal.median(axis=1)
    assert np.allclose(ratio, 3)
    assert (seasonal.eq(seasonal.max(axis=1), axis=0).sum(axis=1) == 1).all()
    assert seasonal.idxmax(axis=1).nunique() >= 6
    segments = shops.table("contacts").set_index("contact_id").segment[seasonal.index]
    assert set(segments) == {"b2b", "b2c"}


def test_the_january_client_can_be_warned_of_in_december(before):
    """Two Januaries of 30 % more are known by then, and two whole years."""
    _, then = before
    deals = then.table("deals")
    won = deals[(deals.status == "won") & deals.contact_id.notna()]
    months = won.created_at.dt.to_period("M")
    client = won.assign(month=months).groupby("contact_id").month.nunique().idxmax()
    own = won[won.contact_id == client]
    amounts = own.groupby([own.created_at.dt.year, own.created_at.dt.month]).amount.sum()
    assert len(amounts) == 24
    usual = amounts[amounts.index.get_level_values(1) != 1].mean()
    for year in (2024, 2025):
        assert amounts[year, 1] / usual == pytest.approx(1.3, rel=0.03)
