"""Orders from the landing to the star: one lead and one deal each, and every figure once."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal

import pytest

from kits.whole_company import AS_OF, Nights, company_of, nights

STAR = (
    *("dim_product", "dim_customer", "dim_stage", "dim_pipeline", "fct_lead", "fct_deal"),
    *("fct_order", "fct_order_line", "fct_fee", "fct_stock_daily", "fct_deal_stage_visit"),
    "fct_touchpoint",
)
LEFT_OUT = ("staging.vendors", "staging.entities")


@pytest.fixture(scope="module")
def home(compile_models: Callable, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    models = compile_models(
        *(f"+{name}" for name in STAR), "--exclude", *LEFT_OUT, as_of=f"{AS_OF}"
    )
    with nights(models, tmp_path_factory.mktemp("orders")) as home:
        yield home


def order(order_id: str, **cells: str) -> dict[str, str]:
    given = {"shop": "site", "created_at": "2026-03-02 10:00", "status": "paid"}
    return {"order_id": order_id, **given, "currency": "RUB"} | cells


def line(order_id: str, **cells: str) -> dict[str, str]:
    given = {"line_no": "1", "product_id": "g1", "quantity": "2", "price": "50"}
    return {"order_id": order_id, **given} | cells


def test_a_company_with_orders_alone_has_a_funnel(home: Nights):
    home.land(
        company_of(
            orders=[
                order("o1", status="new", phone="+79990000001", utm_source="google", city="Tver"),
                order("o2", paid_at="2026-03-02 10:05", phone="8 999 000-00-01"),
                order("o3", status="delivered", paid_at="2026-03-02 11:00")
                | {"delivered_at": "2026-03-04 12:00", "email": "a@example.org"},
                order("o4", status="cancelled", paid_at="2026-03-02 12:00")
                | {"cancelled_at": "2026-03-03 12:00"},
                order("o5", status="returned", paid_at="2026-03-02 12:00")
                | {"delivered_at": "2026-03-04 12:00", "status_changed_at": "2026-03-09 12:00"},
                order("o6", status="paid", status_changed_at="2026-03-03 10:00"),
            ],
            order_lines=[
                *(line(f"o{n}") for n in (1, 2, 3, 4, 5)),
                line("o3", line_no="2", product_id="g2", price="10.5", returned_quantity="1"),
            ],
            products=[{"product_id": "g1", "name": "Mug", "cost": "30"}],
        )
    )
    home.published()
    assert home.ask(
        "select order_id, deal.pipeline_id, stage_id, deal.status, deal.won_at, final_closed_at,"
        " deal.amount, lost_reason from marts.fct_order as ordered"
        " inner join marts.fct_deal as deal using (deal_id) order by order_id",
    ) == [
        (name, "shop:site", f"shop:site:{stage}", status, won, closed, amount, reason)
        for name, stage, status, won, closed, amount, reason in (
            ("o1", "new", "open", None, None, 100, None),
            ("o2", "paid", "won", *[datetime(2026, 3, 2, 7, 5)] * 2, 100, None),
            # One of two that came back is not paid for.
            ("o3", "delivered", "won", *[datetime(2026, 3, 2, 8)] * 2, Decimal("110.5"), None),
            ("o4", "cancelled", "lost", None, datetime(2026, 3, 3, 9), 100, "cancelled"),
            ("o5", "returned", "lost", None, datetime(2026, 3, 9, 9), 100, "returned"),
            ("o6", "paid", "won", *[datetime(2026, 3, 3, 7)] * 2, None, None),
        )
    ]
    assert home.ask(
        "select lead_id, source_type, channel, status, deal_id from marts.fct_lead"
        " where lead_id in ('order:crm:o1', 'order:crm:o4') order by 1",
    ) == [
        ("order:crm:o1", "order", "other", "open", "order:crm:o1"),
        ("order:crm:o4", "order", "unattributed", "lost", "order:crm:o4"),
    ]
    assert home.ask(
        "select order_id, string_agg(stage_id[11:], ' ' order by visit_no)"
        " from marts.fct_deal_stage_visit as visit"
        " inner join marts.fct_order using (deal_id) group by order_id order by order_id",
    ) == [
        ("o1", "new"),
        ("o2", "new paid"),
        ("o3", "new paid delivered"),
        ("o4", "new paid cancelled"),
        ("o5", "new paid delivered returned"),
        ("o6", "new paid"),
    ]
    # The same number in two spellings is one customer.
    assert home.ask("select count(distinct customer_id), count(*) from marts.fct_order") == [(5, 6)]
    assert home.ask(
        "select order_id, units, returned_units, revenue, returned_amount, cost, returned_cost,"
        " created_on, delivered_on from marts.fct_order where order_id in ('o2', 'o3', 'o5', 'o6')"
        " order by order_id",
    ) == [
        ("o2", 2, 0, 100, 0, 60, 0, date(2026, 3, 2), None),
        # What one line lacks the order lacks.
        ("o3", 4, 1, 121, Decimal("10.5"), None, None, date(2026, 3, 2), date(2026, 3, 4)),
        ("o5", 2, 2, 100, 100, 60, 60, date(2026, 3, 2), date(2026, 3, 4)),
        ("o6", None, None, None, None, None, None, date(2026, 3, 2), None),
    ]
    assert home.ask("select product_id, name, is_listed from marts.dim_product order by 1") == [
        ("g1", "Mug", True),
        ("g2", None, False),
    ]


def linked(home: Nights) -> list[tuple]:
    return home.ask(
        "select order_id, lead_id, deal_id, is_lead_made, is_deal_made from marts.fct_order"
        " order by order_id",
    )


def test_an_order_that_the_crm_has_is_its_lead_and_its_deal(home: Nights):
    lead = {"created_at": "2026-03-02 10:00"}
    deal = lead | {"amount": "90", "status": "won", "closed_at": "2026-03-03 10:00"}
    home.land(
        company_of(
            leads=[
                *(lead | {"lead_id": f"l{n}"} for n in (1, 2, 3, 5, 8)),
                lead | {"lead_id": "l4", "phone": "8 (999) 000-00-04"},
            ],
            deals=[
                deal | {"deal_id": "d1", "lead_id": "l1"},
                deal | {"deal_id": "d2", "lead_id": "l2"},
                deal | {"deal_id": "d4", "lead_id": "l4"},
                deal | {"deal_id": "d5"},
                deal | {"deal_id": "d6", "is_deleted": "true"},
                deal | {"deal_id": "d7", "contact_id": "k7"},
            ],
            contacts=[{"contact_id": "k7", "emails": "seven@example.org"}],
            merges=[{"entity": "leads", "loser_id": "l8", "survivor_id": "l2"}],
            orders=[
                order("o1", lead_id="l1", deal_id="d1", shop="by id"),
                order("o2", lead_id="l2", shop="by its lead"),
                order("o3", lead_id="l3", shop="no deal"),
                order("o4", created_at="2026-03-02 10:00:59", phone="+79990000004"),
                order("o5", deal_id="d5", shop="no lead"),
                order("o6", deal_id="d6", lead_id="gone", shop="deleted, unknown"),
                order("o7", created_at="2026-03-02 09:59:30", email="Seven@example.org"),
                # The deal of l2 stands for the order before.
                order("o8", lead_id="l8", created_at="2026-03-09 10:00", shop="again"),
                order("o9", created_at="2026-03-02 10:01:01", phone="+79990000004"),
            ],
            order_lines=[line(f"o{n}") for n in range(1, 10)],
        )
    )
    home.published()
    assert linked(home) == [
        ("o1", "l1", "d1", False, False),
        ("o2", "l2", "d2", False, False),
        ("o3", "l3", "order:crm:o3", False, True),
        ("o4", "l4", "d4", False, False),
        ("o5", None, "d5", False, False),
        ("o6", "order:crm:o6", "order:crm:o6", True, True),
        ("o7", None, "d7", False, False),
        ("o8", "l2", "order:crm:o8", False, True),
        ("o9", "order:crm:o9", "order:crm:o9", True, True),
    ]
    # Five deals of the CRM, four of orders.
    assert home.ask("select count(*), sum(amount) from marts.fct_deal") == [(9, 5 * 90 + 400)]
    # A number that the lead says and the order says is one client.
    assert home.ask(
        "select count(distinct customer_id) from marts.fct_order where order_id in ('o4', 'o9')",
    ) == [(1,)]


def test_an_order_takes_the_nearest_record_and_two_orders_never_one(home: Nights):
    lead = {"client_id": "v1"}
    home.land(
        company_of(
            leads=[
                lead | {"lead_id": "a", "created_at": "2026-03-02 10:00:20"},
                lead | {"lead_id": "b", "created_at": "2026-03-02 10:00:20"},
                lead | {"lead_id": "c", "created_at": "2026-03-02 10:00:50"},
            ],
            orders=[
                order("o1", created_at="2026-03-02 10:00:30", client_id="v1"),
                order("o2", created_at="2026-03-02 10:00:55", client_id="v1"),
                order("o3", created_at="2026-03-02 10:00:56", client_id="v1"),
            ],
        )
    )
    home.published()
    assert [(order_id, lead_id) for order_id, lead_id, *_ in linked(home)] == [
        ("o1", "a"),
        ("o2", "c"),
        ("o3", "order:crm:o3"),
    ]


def test_a_shop_that_tells_of_no_payment_wins_by_delivery(home: Nights):
    def shop(order_id: str, status: str, **cells: str) -> dict[str, str]:
        return order(order_id, shop="market", status=status, **cells)

    home.land(
        company_of(
            orders=[
                shop("o1", "shipped", status_changed_at="2026-03-03 10:00"),
                shop("o2", "delivered", delivered_at="2026-03-05 10:00"),
                shop("o3", "delivered"),
                # Paid on delivery: on its way it is not won.
                order("o4", status="shipped", status_changed_at="2026-03-03 10:00"),
                order("o5", status="delivered", paid_at="2026-03-06 10:00")
                | {"delivered_at": "2026-03-05 10:00"},
            ],
            order_lines=[line(f"o{n}") for n in range(1, 6)],
        )
    )
    home.published()
    assert home.ask(
        "select order_id, stage_id[6:], semantics, deal.status, deal.won_at from marts.fct_order"
        " inner join marts.fct_deal as deal using (deal_id)"
        " inner join marts.dim_stage using (pipeline_id, stage_id) order by order_id",
    ) == [
        ("o1", "market:shipped", "open", "open", None),
        ("o2", "market:delivered", "won", "won", datetime(2026, 3, 5, 7)),
        ("o3", "market:delivered", "won", "won", datetime(2026, 3, 2, 7)),
        ("o4", "site:new", "open", "open", None),
        ("o5", "site:delivered", "post_won", "won", datetime(2026, 3, 5, 7)),
    ]
    assert home.ask(
        "select pipeline_id, string_agg(semantics, ' ' order by stage_order)"
        " from marts.dim_stage where pipeline_id <> 'leads' group by 1 order by 1",
    ) == [
        ("shop:market", "open open won lost lost"),
        ("shop:site", "open won post_won post_won lost lost"),
    ]


def test_fees_stock_and_costs_in_other_currencies(home: Nights):
    home.land(
        company_of(
            products=[
                {"product_id": "g1", "name": "Mug", "cost": "3", "currency": "USD"},
                {"product_id": "g2", "name": "Cup"},
            ],
            fx_rates=[{"date": "2026-03-02", "currency": "USD", "rate_to_base": "90"}],
            orders=[order("o1"), order("o2", currency="USD")],
            order_lines=[
                line("o1", list_price="60"),
                line("o2", cost="1.5", returned_quantity="9"),
                line("o2", line_no="2", product_id="g2"),
                line("gone"),
            ],
            fees=[
                {"fee_id": "f1", "date": "2026-03-02", "shop": "site", "kind": "commission"}
                | {"amount": "7.5", "currency": "USD", "order_id": "o1"},
                {"fee_id": "f2", "date": "2026-03-09", "shop": "site", "kind": "storage"}
                | {"amount": "-4", "currency": "RUB", "order_id": "gone", "product_id": "g3"},
                {"fee_id": "f3", "date": "2026-04-01", "shop": "site", "kind": "other"}
                | {"amount": "1", "currency": "RUB"},
            ],
            stock=[
                {"date": "2026-03-02", "shop": "site", "product_id": "g4", "quantity": "-1"},
                {"date": "2026-04-01", "shop": "site", "product_id": "g5", "quantity": "1"},
            ],
        )
    )
    home.published()
    assert home.ask(
        "select order_id, line_no, unit_cost, cost, cost_base, list_amount, returned_quantity,"
        " revenue_base from marts.fct_order_line order by order_id, line_no",
    ) == [
        ("o1", 1, 270, 540, 540, 120, 0, 100),
        ("o2", 1, Decimal("1.5"), 3, 270, None, 2, 9000),
        ("o2", 2, None, None, None, None, 0, 9000),
    ]
    assert home.ask(
        "select order_id, revenue, revenue_base, cost, lines_count from marts.fct_order"
        " order by order_id",
    ) == [("o1", 100, 100, 540, 1), ("o2", 200, 18000, None, 2)]
    assert home.ask(
        "select fee_id, order_id, product_id, amount_base from marts.fct_fee order by 1"
    ) == [("f1", "o1", None, 675), ("f2", None, "g3", -4)]
    assert home.ask("select product_id, quantity from marts.fct_stock_daily") == [("g4", -1)]
    assert home.ask("select product_id, is_listed from marts.dim_product order by product_id") == [
        ("g1", True),
        ("g2", True),
        ("g3", False),
        ("g4", False),
    ]


def test_an_order_that_two_sources_tell_counts_once(home: Nights):
    fee = {"date": "2026-03-09", "shop": "site", "kind": "logistics", "currency": "RUB"}
    home.land(
        company_of(
            orders=[order("o1"), order("o2", status="new"), order("o3")],
            order_lines=[line("o1"), line("o2"), line("o3")],
            fees=[
                fee | {"fee_id": "f1", "amount": "7", "order_id": "o1"},
                fee | {"fee_id": "f2", "amount": "5", "order_id": "o2"},
            ],
        )
    )
    # An export knows that o2 was delivered and has one of the fees; its o3 is another order.
    home.connection.execute("""
        insert into raw_crm.orders by name
        select * replace (
            'export' as source, timestamp '2026-03-02 20:00' as created_at,
            'delivered' as status, timestamp '2026-03-05 10:00' as delivered_at
        ) from raw_crm.orders where order_id = 'o2'
        union all by name
        select * replace ('export' as source, timestamp '2026-03-20 10:00' as created_at)
        from raw_crm.orders where order_id = 'o3';
        insert into raw_crm.order_lines by name
        select * replace ('export' as source) from raw_crm.order_lines where order_id <> 'o1';
        insert into raw_crm.fees by name
        select * replace ('export' as source) from raw_crm.fees where fee_id = 'f1';
    """)
    home.published()
    assert home.ask(
        "select source, order_id, status, revenue, lead_id from marts.fct_order order by 2, 1"
    ) == [
        ("crm", "o1", "paid", 100, "order:crm:o1"),
        ("export", "o2", "delivered", 100, "order:export:o2"),
        ("crm", "o3", "paid", 100, "order:crm:o3"),
        ("export", "o3", "paid", 100, "order:export:o3"),
    ]
    assert home.ask("select count(*), sum(amount) from marts.fct_deal") == [(4, 400)]
    assert home.ask(
        "select fee_id, source, order_source, order_id, amount from marts.fct_fee order by 1"
    ) == [("f1", "crm", "crm", "o1", 7), ("f2", "crm", "export", "o2", 5)]


def test_a_company_without_orders_has_none_of_it(home: Nights):
    home.land(company_of(leads=[{"lead_id": "l1", "created_at": "2026-03-02 10:00"}]))
    home.published()
    for table in ("dim_product", "fct_order", "fct_order_line", "fct_fee", "fct_stock_daily"):
        assert home.ask(f"from marts.{table}") == []
    assert home.ask("select lead_id from marts.fct_lead") == [("l1",)]
