"""The marts of goods from the landing on: of a company that has shops and no CRM, worked out by
hand, and of one that has no goods."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

import pytest

from kits.whole_company import AS_OF, Nights, company_of, nights

MARTS = ("mart_product_margin", "mart_shop_daily")
LEFT_OUT = ("staging.vendors", "staging.entities")
MARCH = date(2026, 3, 1)
# What one sale of 1000 is charged for.
FEES = {
    **{"commission": 150, "logistics": 60, "storage": 5, "returns": 25, "advertising": 80},
    **{"acquiring": 15, "tax": 60, "penalty": 12, "subsidy": -4, "other": 2},
}


@pytest.fixture(scope="module")
def home(compile_models: Callable, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    models = compile_models(
        *(f"+{name}" for name in MARTS), "--exclude", *LEFT_OUT, as_of=f"{AS_OF}"
    )
    with nights(models, tmp_path_factory.mktemp("goods")) as home:
        yield home


def order(order_id: str, **cells: str) -> dict[str, str]:
    given = {"shop": "site", "created_at": "2026-03-02 10:00", "status": "paid"}
    return {"order_id": order_id, **given, "currency": "RUB"} | cells


def line(order_id: str, **cells: str) -> dict[str, str]:
    given = {"line_no": "1", "product_id": "g1", "quantity": "1", "price": "1000"}
    return {"order_id": order_id, **given} | cells


def fee(fee_id: str, **cells: str) -> dict[str, str]:
    given = {"date": "2026-03-05", "shop": "site", "kind": "commission", "currency": "RUB"}
    return {"fee_id": fee_id, **given} | cells


def test_the_margin_of_one_order_after_every_fee(home: Nights):
    home.land(
        company_of(
            products=[{"product_id": "g1", "name": "Mug", "cost": "400"}],
            orders=[order("o1", paid_at="2026-03-02 23:00", city="Tver")],
            order_lines=[line("o1", list_price="1250")],
            fees=[
                fee(kind, kind=kind, amount=f"{amount}", order_id="o1")
                for kind, amount in FEES.items()
            ],
            stock=[
                {"date": f"2026-03-{day:02}", "shop": "site", "product_id": "g1", "quantity": left}
                for day, left in ((1, "3"), (2, "2"), (3, "0"), (4, "5"))
            ],
            external_events=[
                {"event_id": "e1", "starts_on": "2026-04-02", "ends_on": "2026-04-03"}
                | {"kind": "weather", "city": "TVER "}
            ],
        )
    )
    home.published()
    assert home.ask(
        "select period_start, shop, product_id, product_name, units, revenue, list_discount, cost,"
        " commission, logistics, storage, returns, advertising, acquiring, tax, other, margin,"
        " margin_rate, stock_end, round(days_of_stock, 6), round(turnover, 6), out_of_stock_days,"
        " out_of_stock_share, lost_sales_estimate from marts.mart_product_margin",
    ) == [
        (
            *(MARCH, "site", "g1", "Mug", 1, 1000, 250, 400),
            *(150, 60, 5, 25, 80, 15, 60, 12 - 4 + 2),
            *(195, 0.195),
            # One sold on three days with stock; before the day without, on two.
            *(5, 15, 0.4, 1, 0.25, 500),
        )
    ]
    assert home.ask(
        "select date, visits, orders, paid_orders, revenue, average_check, advertising, fees,"
        " margin, new_customers, out_of_stock_products, deliveries_at_risk"
        " from marts.mart_shop_daily where date >= date '2026-03-02' and date <> '2026-03-04'"
        " order by date",
    ) == [
        (date(2026, 3, 2), None, 1, 1, 1000, 1000, 0, 0, 600, 1, 0, None),
        (date(2026, 3, 3), None, 0, 0, 0, None, 0, 0, 0, 0, 1, None),
        (date(2026, 3, 5), None, 0, 0, 0, None, 80, 405, -405, 0, None, None),
        (AS_OF, None, 0, 0, 0, None, 0, 0, 0, 0, None, 1),
    ]


def test_what_comes_back_what_is_unknown_and_what_names_nothing(home: Nights):
    home.land(
        company_of(
            products=[{"product_id": "g1", "name": "Mug", "cost": "400"}],
            orders=[
                order("o1", status="delivered"),
                order("o2", status="returned", paid_at="2026-03-02 11:00"),
                order("o3", status="cancelled", paid_at="2026-03-02 11:00"),
                order("o4", status="new"),
                order("o5", currency="USD"),
            ],
            order_lines=[
                line("o1", quantity="3", returned_quantity="1", list_price="1100"),
                line("o2"),
                line("o3"),
                line("o4"),
                line("o5", product_id="g2", price="10"),
            ],
            fx_rates=[{"date": "2026-03-01", "currency": "USD", "rate_to_base": "100"}],
            fees=[
                fee("f1", amount="300", kind="storage"),
                fee("f2", amount="5", date="2026-02-28", kind="advertising"),
                fee("f3", amount="0.01", kind="tax", order_id="gone"),
            ],
        )
    )
    home.published()
    # Storage is shared by 2000 and 1000 of revenue.
    assert home.ask(
        "select period_start, product_id, units, returned_units, revenue, list_discount, cost,"
        " storage, advertising, tax, margin, is_cost_known from marts.mart_product_margin"
        " order by 1, 2",
    ) == [
        (date(2026, 2, 1), "unassigned", 0, 0, 0, 0, 0, 0, 5, 0, -5, True),
        (MARCH, "g1", 4, 2, 2000, 200, 800, 200, 0, Decimal("0.01"), Decimal("999.99"), True),
        (MARCH, "g2", 1, 0, 1000, None, None, 100, 0, 0, None, False),
    ]
    assert home.ask(
        "select orders, paid_orders, margin, cost_coverage from marts.mart_shop_daily"
        " where orders > 0"
    ) == [(5, 3, 1200, pytest.approx(2 / 3))]


def test_a_company_without_goods_has_none(home: Nights):
    home.land(company_of(leads=[{"lead_id": "l1", "created_at": "2026-03-02 10:00"}]))
    home.published()
    assert all(home.ask(f"from marts.{mart}") == [] for mart in MARTS)
