"""Laws of the marts of goods that hold for any facts: nothing that was sold or charged is lost,
whatever parts it comes in, days add up to months, and no margin stands on an unknown cost."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import duckdb
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

MARTS = ("mart_product_margin", "mart_shop_daily")
FIRST, AS_OF = date(2026, 2, 20), date(2026, 4, 10)
CENT, MONEY = Decimal("0.01"), "decimal(38, 10)"
OTHER = ("penalty", "subsidy", "other")

# The columns of the star that the marts read.
STAR = {
    "dim_product": f"product_id text, name text, cost {MONEY}",
    "fct_order": """source text, order_id text, shop text, status text, customer_id text,
        deal_id text, lead_id text, city text, created_at timestamp, created_on date,
        won_at timestamp, won_on date, delivered_at timestamp, delivered_on date,
        cancelled_at timestamp, cancelled_on date, returned_at timestamp, returned_on date,
        is_test boolean""",
    "fct_order_line": f"""source text, order_id text, product_id text, quantity decimal(18, 6),
        returned_quantity decimal(18, 6), revenue {MONEY}, revenue_base {MONEY},
        returned_amount_base {MONEY}, list_amount_base {MONEY}, cost_base {MONEY},
        returned_cost_base {MONEY}, created_on date, is_test boolean""",
    "fct_fee": f"""order_source text, date date, shop text, kind text, order_id text,
        product_id text, amount_base {MONEY}, is_test boolean""",
    "fct_stock_daily": """date date, shop text, warehouse text, product_id text,
        quantity decimal(18, 6), reserved decimal(18, 6), in_transit decimal(18, 6)""",
    "fct_deal": "deal_id text, is_new_customer boolean",
    "fct_touchpoint": "type text, lead_id text, occurred_at timestamp, is_test boolean",
    "fct_external_event": """event_id text, kind text, city text, severity text, starts_on date,
        ends_on date""",
}

shops, products = st.sampled_from(["site", "market"]), st.sampled_from(["g1", "g2", "g3"])
days = st.integers(0, (AS_OF - FIRST).days).map(lambda passed: FIRST + timedelta(days=passed))
orders_ids = st.sampled_from([f"o{number}" for number in range(4)])
rarely = st.sampled_from([False] * 5 + [True])
amounts = st.decimals(0, 10**6, places=2) | st.sampled_from(
    [Decimal("0.0000000001"), Decimal("33.3333333333"), Decimal(10**15), Decimal(0)]
)

orders = st.fixed_dictionaries(
    {
        "shop": shops,
        "status": st.sampled_from(["new", "paid", "delivered", "cancelled", "returned"]),
        "created_on": days,
        "won_on": st.none() | days,
        "is_test": rarely,
    }
)
lines = st.fixed_dictionaries(
    {
        "order_id": orders_ids,
        "product_id": products,
        "quantity": st.integers(1, 9).map(Decimal),
        "returned": st.sampled_from([0, 0, 0, 1, 9]),
        "price": amounts,
        "list_price": st.none() | amounts,
        "unit_cost": st.none() | amounts,
    }
)
fees = st.fixed_dictionaries(
    {
        "date": days,
        "shop": shops,
        "kind": st.sampled_from(["commission", "storage", "advertising", "tax", *OTHER]),
        "order_id": st.none() | orders_ids | st.just("gone"),
        "product_id": st.none() | st.none() | products,
        "amount_base": amounts.flatmap(lambda amount: st.sampled_from([amount, -amount])),
        "is_test": rarely,
    }
)
counts = st.fixed_dictionaries(
    {
        "date": days,
        "shop": shops,
        "product_id": products,
        "quantity": st.integers(-1, 5).map(Decimal),
        "reserved": st.none() | st.integers(0, 3).map(Decimal),
        "in_transit": st.none() | st.integers(0, 3).map(Decimal),
    }
)


@pytest.fixture(scope="module")
def shop_models(compile_models) -> Iterator[tuple[duckdb.DuckDBPyConnection, list]]:
    """A warehouse in memory with empty facts, and the models to be built on them."""
    compiled = compile_models(
        *MARTS, given=STAR, as_of=str(AS_OF), time_zone="Europe/Moscow", low_n=3
    )
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("create schema marts; create schema intermediate")
        for name, columns in STAR.items():
            connection.execute(f"create table marts.{name} ({columns})")
        yield connection, compiled


def build(shop_models, **facts: list[dict]) -> duckdb.DuckDBPyConnection:
    connection, compiled = shop_models
    for name, rows in facts.items():
        connection.execute(f"truncate marts.{name}")
        schema = connection.table(f"marts.{name}").to_arrow_table().schema
        connection.register("rows", pa.Table.from_pylist(rows, schema=schema))
        connection.execute(f"insert into marts.{name} from rows")
    for name, sql in compiled:
        connection.execute(f"create or replace table {name} as {sql}")
    return connection


def as_facts(orders: list[dict], lines: list[dict], fees: list[dict]) -> dict[str, list[dict]]:
    """The rows of the star."""
    return {
        "fct_order": [
            order
            | {"source": "s", "order_id": f"o{number}", "deal_id": f"d{number}"}
            | {"created_at": datetime.combine(order["created_on"], datetime.min.time())}
            | {"won_at": order["won_on"] and datetime.combine(order["won_on"], datetime.min.time())}
            for number, order in enumerate(orders)
        ],
        "fct_deal": [
            {"deal_id": f"d{number}", "is_new_customer": True} for number in range(len(orders))
        ],
        "fct_order_line": [
            as_line(line) | {key: orders[number][key] for key in ("created_on", "is_test")}
            for line in lines
            if (number := int(line["order_id"][1:])) < len(orders)
        ],
        "fct_fee": [fee | {"order_source": "s"} for fee in fees],
    }


def as_line(line: dict) -> dict:
    quantity, returned = line["quantity"], min(line["quantity"], Decimal(line["returned"]))

    def worth(price: str, units: Decimal) -> Decimal | None:
        return None if line[price] is None else line[price] * units

    return {
        **{"source": "s", "order_id": line["order_id"], "product_id": line["product_id"]},
        **{"quantity": quantity, "returned_quantity": returned},
        **{"revenue": worth("price", quantity), "revenue_base": worth("price", quantity)},
        "returned_amount_base": worth("price", returned),
        "list_amount_base": worth("list_price", quantity),
        "cost_base": worth("unit_cost", quantity),
        "returned_cost_base": worth("unit_cost", returned),
    }


def cents(totals: dict) -> dict:
    rounded = {key: total.quantize(CENT, ROUND_HALF_UP) for key, total in totals.items()}
    return {key: total for key, total in rounded.items() if total}


def asked(connection, query: str) -> dict:
    return {tuple(key): total for *key, total in connection.execute(query).fetchall() if total}


@given(
    orders=st.lists(orders, max_size=4),
    lines=st.lists(lines, max_size=8),
    fees=st.lists(fees, max_size=8),
    counts=st.lists(
        counts, max_size=8, unique_by=lambda row: (row["date"], row["shop"], row["product_id"])
    ),
)
def test_what_was_sold_and_charged_is_all_there(shop_models, orders, lines, fees, counts):
    facts = as_facts(orders, lines, fees)
    connection = build(shop_models, **facts, fct_stock_daily=counts)
    sold = {
        order["order_id"]: order["shop"]
        for order in facts["fct_order"]
        if order["won_on"] and order["status"] != "cancelled" and not order["is_test"]
    }
    revenue, charged = defaultdict(Decimal), defaultdict(Decimal)
    units = defaultdict(Decimal)
    for line in facts["fct_order_line"]:
        if line["order_id"] in sold:
            shop = sold[line["order_id"]]
            revenue[shop,] += line["revenue_base"] - line["returned_amount_base"]
            units[shop,] += line["quantity"]
    for fee in facts["fct_fee"]:
        if not fee["is_test"]:
            column = "other" if fee["kind"] in OTHER else fee["kind"]
            charged[fee["shop"], column] += fee["amount_base"]
    for mart in MARTS:
        sums = {
            column: asked(connection, f"select shop, sum({column}) from marts.{mart} group by 1")
            for column in ("units", "revenue", "advertising")
        }
        assert sums["units"] == units and sums["revenue"] == cents(revenue)
        ads = {key[:1]: total for key, total in charged.items() if key[1] == "advertising"}
        assert sums["advertising"] == cents(ads)
    columns = "commission, storage, advertising, tax, other"
    assert asked(
        connection,
        f"select shop, kind, sum(amount) from (unpivot (select shop, {columns} from"
        f" marts.mart_product_margin) on {columns} into name kind value amount) group by all",
    ) == cents(charged)
    months = (
        "select shop, date_trunc('month', {day})::date, sum({what}) from marts.{mart} group by all"
    )
    fees_of = "commission + logistics + storage + returns + advertising + acquiring + tax + other"
    for column in ("units", "revenue", "advertising", "fees"):
        what = fees_of if column == "fees" else column
        assert asked(
            connection, months.format(day="date", what=column, mart="mart_shop_daily")
        ) == asked(
            connection, months.format(day="period_start", what=what, mart="mart_product_margin")
        )
    # What is covered is the same in both; a sum of it differs by the roundings of its ten columns.
    for column in ("covered_revenue", "margin"):
        by_day, by_product = (
            asked(connection, months.format(day=day, what=column, mart=mart))
            for day, mart in zip(("period_start", "date"), MARTS, strict=True)
        )
        for key in by_day.keys() | by_product.keys():
            assert abs(by_day.get(key, 0) - by_product.get(key, 0)) <= 10 * CENT
    assert broken_rows(connection) == 0


@given(
    orders=st.lists(orders, min_size=1, max_size=4),
    lines=st.lists(lines, min_size=1, max_size=6),
    fees=st.lists(fees, min_size=1, max_size=6),
    share=st.decimals(0, 1, places=2),
)
@example(
    orders=[
        {"shop": "site", "status": "paid", "created_on": FIRST, "won_on": FIRST, "is_test": False},
    ],
    lines=[
        {"order_id": "o0", "product_id": product, "quantity": Decimal(1), "returned": 0}
        | {"price": Decimal(price), "list_price": None, "unit_cost": Decimal(1)}
        for product, price in (("g1", 1), ("g2", 2), ("g3", 4))
    ],
    fees=[
        {"date": FIRST, "shop": "site", "kind": "tax", "order_id": "o0", "product_id": None}
        | {"amount_base": Decimal(10), "is_test": False}
    ],
    share=Decimal("0.33"),
)
def test_parts_of_a_fee_and_of_a_line_count_as_the_whole(shop_models, orders, lines, fees, share):
    """Lines that came back in part are left whole: their discount is a quotient."""
    whole = as_facts(orders, lines, fees)
    connection = build(shop_models, **whole, fct_stock_daily=[])
    before = [connection.table(f"marts.{mart}").order("1, 2, 3").fetchall() for mart in MARTS]
    split_fees = []
    for fee in reversed(whole["fct_fee"]):
        part = (fee["amount_base"] * share).quantize(Decimal("1e-10"))
        split_fees += [fee | {"amount_base": part}]
        split_fees += [fee | {"amount_base": fee["amount_base"] - part}]
    split_lines = []
    for line in reversed(lines):
        parts = [line["quantity"]]
        if not line["returned"] and line["quantity"] > 1:
            parts = [Decimal(1), line["quantity"] - 1]
        split_lines += [line | {"quantity": part} for part in parts]
    parts = as_facts(orders, split_lines, fees) | {"fct_fee": split_fees}
    connection = build(shop_models, **parts, fct_stock_daily=[])
    after = [connection.table(f"marts.{mart}").order("1, 2, 3").fetchall() for mart in MARTS]
    assert after == before


def broken_rows(connection) -> int:
    """Rows whose margin is not what is left, is on an unknown cost, or whose ratio has no base."""
    return connection.execute(
        """
        select count(*) from marts.mart_product_margin
        where is_cost_known and margin is null
            or (cost is null) <> (margin is null)
            or margin is null and covered_revenue <> 0
            or is_cost_known and covered_revenue <> revenue
            or margin <> covered_revenue - cost - commission - logistics - storage - returns
                - advertising - acquiring - tax - other
            or (margin_rate is null) <> (margin is null or covered_revenue = 0)
            or (cost_coverage is null) <> (revenue = 0)
            or (out_of_stock_share is null) <> (stock_days is null)
            or out_of_stock_share not between 0 and 1
            or lost_sales_estimate < 0
            or (stock_status = 'no_sales' and days_of_stock is not null)
            or (stock_status in ('low', 'ok') and days_of_stock <= 0)
            or (stock_status = 'low') <> (days_of_stock < 14 and stock_end > 0)
            or product_id = 'unassigned' and units <> 0
        """
    ).fetchone()[0]
