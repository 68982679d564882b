"""What is planted in the shops of the demo company is there, and in its twin it is not: counted
plainly with pandas over the raw tables."""

import duckdb
import pandas as pd
import pytest

from kits.shops import MOSCOW, Shops
from orchestration.sources.demo.company import generate, planted_truths
from orchestration.sources.demo.truths import NOTHING, PLANTED

DOLLAR = 90
LAST = pd.Timestamp("2026-06-30 21:00")


@pytest.fixture(scope="module", params=[7, 20], ids="seed {}".format)
def companies(request):
    """The company and its twin, and what is planted in the first."""
    made = []
    for plants in (PLANTED, NOTHING):
        connection = duckdb.connect()
        generate(connection, request.param, 1, plants)
        made.append(connection)
    return *(Shops(connection) for connection in made), planted_truths(made[0])


def sold(shops: Shops) -> pd.DataFrame:
    """Lines that were sold for roubles, of products whose cost is known: units that stayed with the
    client, what they brought and what they brought over their cost."""
    products = shops.table("products").rename(columns={"currency": "of_cost"})
    products["unit_cost"] = products.cost.where(products.of_cost != "USD", products.cost * DOLLAR)
    lines = shops.lines.merge(products[["product_id", "unit_cost"]].dropna(), on="product_id")
    lines = lines[~lines.status.isin(["new", "cancelled"]) & (lines.currency == "RUB")]
    units = lines.quantity - lines.returned_quantity
    return lines.assign(
        units=units, revenue=units * lines.price, gross=units * (lines.price - lines.unit_cost)
    )


def margins(shops: Shops) -> pd.DataFrame:
    """By shop and product: what is left of the revenue after cost and the fees of the product."""
    own = sold(shops).groupby(["shop", "product_id"])[["units", "revenue", "gross"]].sum()
    fees = shops.table("fees").query("currency == 'RUB'").dropna(subset=["product_id"])
    own["fees"] = fees.groupby(["shop", "product_id"]).amount.sum()
    own["rate"] = (own.gross - own.fees) / own.revenue
    return own[own.units >= 20]


def test_one_product_sells_at_a_loss_in_one_marketplace(companies):
    shops, twin, truths = companies
    loss = truths["loss_product"]
    rates = margins(shops).rate
    assert list(rates.index[rates < 0]) == [(loss["shop"], loss["product_id"])]
    assert rates[loss["shop"], loss["product_id"]] < -0.03
    assert rates.nsmallest(2).iloc[1] > 0.15
    assert margins(twin).rate.min() > 0.15


def test_one_product_is_out_of_stock_for_weeks_and_does_not_sell(companies):
    shops, twin, truths = companies
    plant = truths["stockout_product"]
    window = slice(plant["first_day"], plant["last_day"])
    for side, is_planted in ((shops, True), (twin, False)):
        stock = side.table("stock")
        free = stock.assign(free=stock.quantity - stock.reserved, date=pd.to_datetime(stock.date))
        empty = free[free.free == 0]
        if not is_planted:
            assert empty.empty
        else:
            assert set(zip(empty.shop, empty.product_id, strict=True)) == {
                (plant["shop"], plant["product_id"])
            }
            days = empty.set_index("date").sort_index().index
            assert days.equals(pd.date_range(window.start, window.stop, name="date"))
        own = side.lines[
            (side.lines["shop"] == plant["shop"]) & (side.lines.product_id == plant["product_id"])
        ]
        daily = own.groupby("day").quantity.sum().reindex(pd.date_range("2024-01-01", "2026-06-30"))
        daily = daily.fillna(0)
        width = len(daily[window])
        at = daily.index.get_loc(plant["first_day"])
        before, after = daily.iloc[at - width : at].sum(), daily.iloc[at + width :][:width].sum()
        assert min(before, after) >= 8
        assert (daily[window].sum() == 0) == is_planted


def test_one_client_is_overdue_by_the_client_s_own_rhythm(companies):
    shops, twin, truths = companies
    plant = truths["overdue_client"]
    found = []
    for side in (shops, twin):
        known = side.orders[side.orders.contact_id.notna() & (side.orders.status != "cancelled")]
        known = known.sort_values("created_at")
        days = known.groupby("contact_id").created_at
        gaps = (days.diff().dt.total_seconds() / 86_400).groupby(known.contact_id)
        clients = pd.DataFrame({"n": gaps.count(), "usual": gaps.median(), "last": days.max()})
        clients["spread"] = gaps.std() / gaps.mean()
        clients["since"] = (LAST - clients["last"]).dt.total_seconds() / 86_400
        steady = clients[(clients.n >= 8) & (clients.spread < 0.15) & (clients.since < 180)]
        found.append(steady[steady.since > 1.5 * steady.usual])
    overdue, in_twin = found
    assert in_twin.empty
    assert list(overdue.index) == [plant["contact_id"]]
    (client,) = overdue.itertuples()
    assert client.usual == pytest.approx(plant["usual_days"], rel=0.07)
    assert str((client.last + MOSCOW).date()) == plant["last_ordered_on"]
    assert client.since > 2.4 * client.usual and client.n >= 20


def quarters(shops: Shops) -> pd.DataFrame:
    """By shop and quarter: the share of the revenue that is left before and after advertising."""
    lines = sold(shops)
    fees = shops.table("fees").query("currency == 'RUB'")
    own = lines.groupby(["shop", lines.day.dt.to_period("Q")])[["revenue", "gross"]].sum()
    quarter = pd.to_datetime(fees.date).dt.to_period("Q").rename("day")
    for name, rows in (("ads", fees.kind == "advertising"), ("fees", fees.kind != "advertising")):
        own[name] = fees[rows].groupby([fees.shop[rows], quarter[rows]]).amount.sum()
    own = own.fillna({"ads": 0.0})
    own["before"] = (own.gross - own.fees) / own.revenue
    own["after"] = (own.gross - own.fees - own.ads) / own.revenue
    return own


def test_from_one_quarter_on_advertising_eats_the_margin_of_a_marketplace(companies):
    shops, twin, truths = companies
    plant = truths["ads_eat_margin"]
    own = quarters(shops)
    eaten = own.index[own.after < 0]
    expected = pd.period_range(plant["from_quarter"].replace("-", ""), "2026Q2", freq="Q")
    assert list(eaten) == [(plant["shop"], quarter) for quarter in expected]
    assert own.after[eaten].max() < -0.05
    assert own.before.min() > 0.1 and own.after.drop(eaten).min() > 0.05
    assert quarters(twin).after.min() > 0.05


def test_the_twin_sells_as_much_in_its_shops(companies):
    shops, twin, _ = companies
    sizes = [side.orders.groupby("shop").size() for side in (shops, twin)]
    assert (sizes[0] / sizes[1] - 1).abs().max() < 0.1


def test_no_client_of_the_twin_stops_or_has_a_month_of_the_client_s_own(companies):
    _, twin, _ = companies
    single = twin.lines[twin.lines.contact_id.notna() & twin.lines.deal_id.isna()]
    regular = single.groupby("contact_id").agg({"product_id": "nunique", "order_id": "size"})
    always = regular.index[(regular.product_id == 1) & (regular.order_id > 20)]
    bought = single[single.contact_id.isin(always)]
    assert len(always) == 8 and set(bought.quantity) == {2}
