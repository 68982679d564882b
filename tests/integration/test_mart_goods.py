"""The marts of goods of the demo company, computed again from its orders, fees and stock."""

from collections import Counter, defaultdict
from datetime import date

import pandas as pd
import pytest

from kits.recounts import goods

FEES = ("commission", "logistics", "storage", "returns", "advertising", "acquiring", "tax", "other")


@pytest.fixture(scope="module")
def star(warehouse) -> dict[str, pd.DataFrame]:
    names = "fct_order fct_order_line fct_fee fct_stock_daily fct_touchpoint dim_product"
    return {name: warehouse.table(f"marts.{name}").df() for name in names.split()}


@pytest.fixture(scope="module")
def decimals(warehouse) -> dict[str, pd.DataFrame]:
    """Lines and fees with money as text, which fractions are made of without loss."""
    return {
        name: warehouse.sql(
            f"select * replace ({', '.join(f'{c}::varchar as {c}' for c in money)})"
            f" from marts.{name}"
        ).df()
        for name, money in {
            "fct_order_line": ("quantity", "returned_quantity", "revenue_base", "cost_base"),
            "fct_fee": ("amount_base",),
        }.items()
    }


@pytest.fixture(scope="module")
def sold(star, decimals) -> dict:
    return goods.sales(goods.sold_lines(star["fct_order"], decimals["fct_order_line"]))


@pytest.fixture(scope="module")
def margins(warehouse) -> dict:
    rows = warehouse.sql("from marts.mart_product_margin").df()
    rows["period_start"] = rows["period_start"].dt.date
    return {(row.period_start, row.shop, row.product_id): row for row in rows.itertuples()}


def test_sales_and_fees_of_each_product(warehouse, star, decimals, sold, margins):
    months, of_shops = defaultdict(Counter), Counter()
    for (day, shop, product), row in sold.items():
        months[goods.month(day), shop, product].update(row)
    fees = goods.fees(decimals["fct_fee"], decimals["fct_order_line"], sold)
    assert len(months) > 1000 and len(fees) > 1000
    known_costs = goods.known_costs(star["dim_product"], star["fct_order_line"])
    unknown = fees_alone = of_unknown_costs = 0
    for key, row in margins.items():
        expected, charged = months.pop(key, Counter()), fees.pop(key, {})
        assert (row.units, row.returned_units) == (expected["units"], expected["returned_units"])
        assert row.revenue == pytest.approx(float(expected["revenue"]), abs=0.011), key
        for column in FEES:
            assert getattr(row, column) == pytest.approx(
                float(charged.get(column, 0)), abs=0.011
            ), (key, column)
        has_cost = known_costs.get(key[2], date.max) <= key[0]
        is_known = expected["unknown"] == 0
        if is_known and not expected["covered_units"]:
            is_known = has_cost
            fees_alone += has_cost
            of_unknown_costs += not has_cost
        assert row.is_cost_known == is_known, key
        assert row.covered_revenue == pytest.approx(float(expected["covered"]), abs=0.021), key
        if not is_known and not expected["covered_units"]:
            unknown += 1
            assert pd.isna(row.margin) and pd.isna(row.cost) and row.covered_revenue == 0
            continue
        margin = float(expected["covered"] - expected["cost"] - sum(charged.values()))
        assert row.margin == pytest.approx(margin, abs=0.07), key
        of_shops[key[:2]] += margin
        if row.revenue > 100:
            coverage = float(expected["covered"] / expected["revenue"])
            assert row.cost_coverage == pytest.approx(coverage, abs=1e-3)
            assert row.margin_rate == pytest.approx(margin / float(expected["covered"]), abs=1e-3)
    assert unknown > 10 and fees_alone > 100 and of_unknown_costs > 40
    assert not months and not fees
    # The days of the shops are the margins of the same products.
    days = warehouse.sql(
        "select date_trunc('month', date)::date, shop, sum(margin)::double"
        " from marts.mart_shop_daily group by all"
    ).fetchall()
    assert len(days) > 100
    for month, shop, margin in days:
        assert margin == pytest.approx(of_shops.pop((month, shop)), abs=0.1), (month, shop)
    assert not of_shops


def test_stock_of_each_product(star, sold, margins):
    expected = goods.stock(star["fct_stock_daily"], sold)
    assert len(expected) > 1000
    held = star["fct_stock_daily"][["quantity", "reserved"]].fillna(0)
    assert (held["quantity"] - held["reserved"]).min() == held["reserved"].min() == 0
    assert {key for key, row in margins.items() if row.stock_status != "unknown"} == {*expected}
    for key, own in expected.items():
        row = margins[key]
        assert (row.stock_days, row.out_of_stock_days) == (own["days"], own["empty"])
        assert row.stock_end == own["end"]
        assert row.lost_sales_estimate == pytest.approx(float(own["lost"]), abs=0.006)
        if own["lasts"] is None:
            assert pd.isna(row.days_of_stock) and row.stock_status == "no_sales"
        else:
            assert (
                row.days_of_stock == pytest.approx(float(own["lasts"])) and row.days_of_stock >= 0
            )
            kept = "low" if own["lasts"] < 14 else "ok"
            assert row.stock_status == (kept if own["end"] > 0 else "out_of_stock")


def test_days_of_shops(warehouse, star, sold):
    orders = star["fct_order"][~star["fct_order"]["is_test"]].copy()
    for event in ("created", "delivered", "cancelled", "returned"):
        orders[event] = goods.local_day(orders[f"{event}_at"])
    mart = warehouse.sql("from marts.mart_shop_daily").df()
    mart["date"] = mart["date"].dt.date
    mart = mart.set_index(["date", "shop"])

    def same(column: str, expected: dict) -> None:
        seen = mart[column][mart[column] != 0].dropna().to_dict()
        assert seen == pytest.approx({k: float(v) for k, v in expected.items() if v}, abs=0.011)

    for column, event in {
        "orders": "created",
        **{name: name for name in ("delivered", "cancelled", "returned")},
    }.items():
        same(column, orders.groupby([event, "shop"]).size().to_dict())
    took = (orders["delivered_at"] - orders["created_at"]).dt.total_seconds() / 86_400
    same("delivery_days_median", took.groupby([orders["delivered"], orders["shop"]]).median())
    paid = goods.sold_lines(
        star["fct_order"], star["fct_order"][["source", "order_id", "shop"]].copy()
    )
    same("paid_orders", paid.groupby(["day", "shop"]).size())
    totals = defaultdict(Counter)
    for (day, shop, _), row in sold.items():
        totals[day, shop].update(row)
    same("units", {key: row["units"] for key, row in totals.items()})
    same("revenue", {key: row["revenue"] for key, row in totals.items()})
    same("covered_revenue", {key: row["covered"] for key, row in totals.items()})

    fees = star["fct_fee"][~star["fct_fee"]["is_test"]]
    fees = fees.assign(day=fees["date"].dt.date, amount=fees["amount_base"].astype(float))
    by_day = ["day", "shop"]
    ads = fees[fees["kind"] == "advertising"].groupby(by_day)["amount"].sum()
    same("advertising", ads)
    charged = fees.groupby(by_day)["amount"].sum()
    assert mart["fees"].to_dict() == pytest.approx(
        charged.reindex(mart.index, fill_value=0).to_dict(), abs=0.06
    )
    visits = star["fct_touchpoint"].query("type == 'visit' and not is_test")
    per_day = goods.local_day(visits["occurred_at"]).value_counts()
    site = mart["visits"].dropna()
    assert set(site.index.get_level_values("shop")) == {"site"}
    assert site[site > 0].to_dict() == {(day, "site"): n for day, n in per_day.items()}


def test_new_customers_and_deliveries_at_risk(warehouse, star):
    orders = star["fct_order"][~star["fct_order"]["is_test"]]
    mart = warehouse.sql("from marts.mart_shop_daily").df()
    won = warehouse.sql(
        "select deal_id, is_new_customer from marts.fct_deal where is_new_customer"
    ).df()
    paid = orders[orders["won_at"].notna() & (orders["status"] != "cancelled")]
    first = paid.sort_values(["won_at", "source", "order_id"]).drop_duplicates("customer_id")
    new = first[first["deal_id"].isin(won["deal_id"])]
    assert mart.groupby("shop")["new_customers"].sum().to_dict() == (
        new.groupby("shop").size().to_dict()
    )
    events = warehouse.sql("from marts.fct_external_event").df()
    as_of = pd.Timestamp("2026-06-30")
    ahead = events[
        (events["ends_on"] > as_of)
        & (events["starts_on"] <= as_of + pd.Timedelta(days=7))
        & (events["kind"] != "promotion")
        & (events["severity"] != "low")
    ]
    under_way = orders[orders["status"].isin(["paid", "shipped"])]
    at_risk = under_way[under_way["city"].isin(ahead["city"].dropna())].groupby("shop").size()
    told = mart[mart["deliveries_at_risk"].notna()]
    assert (told["date"] == as_of).all()
    found = told.set_index("shop")["deliveries_at_risk"]
    assert found[found > 0].to_dict() == at_risk.to_dict() and len(found) == 4


def test_what_is_planted_in_the_goods_shows(margins, truths):
    out = defaultdict(int)
    for (_, shop, product), row in margins.items():
        if row.stock_status != "unknown" and row.out_of_stock_days > 0:
            out[shop, product] += row.out_of_stock_days
    planted = truths["stockout_product"]
    assert out == {(planted["shop"], planted["product_id"]): 35}
