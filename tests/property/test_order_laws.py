"""Laws of orders: whatever the CRM has of them and however they are delivered, each is one lead and
one deal, and its money counts once."""

import random
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kits.profiles import costly
from kits.whole_company import AS_OF, Nights, Rows, companies, nights

LAWS = costly(4)
ASKED = ("fct_order", "fct_order_line", "fct_deal", "fct_lead", "fct_deal_stage_visit")
LEFT_OUT = ("staging.vendors", "staging.entities")

# By law: the rows that break it.
BROKEN = {
    "an order is there once, with a deal and the lead of that": """
        select source, order_id from landing.orders where created_at < {end}
        except
        select ordered.source, ordered.order_id from marts.fct_order as ordered
        inner join marts.fct_deal as deal using (deal_id)
        where ordered.lead_id is not distinct from deal.lead_id
            or (ordered.is_deal_made and ordered.lead_id in (from marts.fct_lead select lead_id))
        group by all having count(*) = 1
    """,
    "no order makes what another one makes": """
        select lead_id from marts.fct_order where is_lead_made group by 1 having count(*) > 1
        union all
        select deal_id from marts.fct_order where is_deal_made group by 1 having count(*) > 1
    """,
    "nothing else makes leads and deals": """
        (select lead_id from marts.fct_lead except select lead_id from landing.leads)
        except select lead_id from marts.fct_order where is_lead_made
        union all
        (select deal_id from marts.fct_deal except select deal_id from landing.deals)
        except select deal_id from marts.fct_order where is_deal_made
    """,
    "the lines of an order add up to it": """
        select source, order_id, revenue, returned_amount, revenue_base from marts.fct_order
        where lines_count > 0
        except
        select source, order_id, sum(revenue), sum(returned_amount), sum(revenue_base)
        from marts.fct_order_line group by all
    """,
    "its deal is worth what it earns": """
        select deal.deal_id from marts.fct_deal as deal
        inner join marts.fct_order as ordered using (deal_id)
        where is_deal_made and deal.amount is distinct from revenue
            - case when ordered.status = 'returned' then 0 else returned_amount end
    """,
    "it is won when it is paid or delivered, unless it was lost": """
        select deal.deal_id from marts.fct_deal as deal
        inner join marts.fct_order as ordered using (deal_id)
        where is_deal_made and deal.status <> case
            when ordered.status in ('cancelled', 'returned') then 'lost'
            when ordered.status in ('paid', 'delivered')
                or coalesce(ordered.paid_at, ordered.delivered_at) is not null then 'won'
            when ordered.status = 'shipped' then deal.status
            else 'open'
        end
    """,
    "a deal stands in the stage that its visits end in": """
        select deal_id from marts.fct_order where is_deal_made
        except
        select visit.deal_id from marts.fct_deal_stage_visit as visit
        inner join marts.fct_deal as deal using (deal_id, pipeline_id, stage_id)
        qualify visit_no = max(visit_no) over (partition by visit.deal_id)
    """,
}


@pytest.fixture(scope="module")
def home(compile_models: Callable, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    wanted = (f"+{name}" for name in ASKED)
    models = compile_models(*wanted, "--exclude", *LEFT_OUT, as_of=f"{AS_OF}")
    with nights(models, tmp_path_factory.mktemp("orders")) as home:
        yield home


@LAWS
@given(company=companies)
def test_an_order_is_one_lead_and_one_deal_and_counts_once(home: Nights, company: Rows):
    home.land(company)
    home.published()
    for law, query in BROKEN.items():
        rows = home.connection.execute(query.format(end=f"timestamp '{AS_OF} 21:00:00'"))
        assert rows.fetchall() == [], law


@LAWS
@given(company=companies, chance=st.randoms(use_true_random=False))
def test_repeated_rows_and_files_of_orders_change_nothing(
    home: Nights, company: Rows, chance: random.Random
):
    home.land(company)
    once = home.published()
    again: Rows = {name: [] for name in company} | {
        name: chance.sample(company[name], len(company[name])) for name in ("orders", "order_lines")
    }
    home.land(company, again, again)
    assert home.published() == once
