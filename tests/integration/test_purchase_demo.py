"""Orders of the demo company, followed: one that arrives everywhere, and one for each stop."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from orchestration.core.home import Home
from orchestration.purchase.check import Report, check_purchase
from orchestration.purchase.step import State

WON = "deal.status = 'won' and lead.channel != 'unattributed' and not lead.is_spam"
REAL = "not lead.is_test and not deal.is_test"
PAID = "channels.channel_group = 'paid'"
MAPPED = f"lead.campaign_id != 'unmapped' and {PAID}"
# What is asked for: by kind of order, which one it is.
ORDERS = """
    select {column} from marts.fct_lead as lead
    left join marts.fct_deal as deal using (deal_id)
    left join marts.dim_channel as channels on lead.channel = channels.channel
    where {where} order by lead.created_at desc, lead.lead_id limit 1
"""


@pytest.fixture(scope="module")
def home(demo_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The demo's home under a lock of its own: many tests read the demo at once."""
    home = Home(tmp_path_factory.mktemp("purchase") / "home")
    home.prepare()
    home.publications.rmdir()
    for name in ("warehouse.duckdb", "publications"):
        (home.root / name).symlink_to(demo_home.root / name)
    home.published.symlink_to(Path("publications") / demo_home.published.resolve().name)
    return home


@pytest.fixture(scope="module")
def follow(home: Home, warehouse: duckdb.DuckDBPyConnection) -> Callable[..., Report]:
    """A function: the report on the newest lead for which a condition holds."""

    def follow(where: str) -> Report:
        found = warehouse.execute(ORDERS.format(column="lead.lead_id", where=where)).fetchone()
        assert found, where
        return check_purchase(home, {"lead": found[0]})

    return follow


def test_an_order_arrives_everywhere(follow):
    report = follow(f"{WON} and {REAL} and {MAPPED} and deal.paid_at is not null")
    assert report.stops == []
    assert {step.state for step in report.steps} <= {State.ARRIVED, State.NOT_NEEDED}
    rows = {step.name: step.rows for step in report.steps}
    assert rows["lead"] == rows["deal"] == rows["channel mart"] == 1
    assert rows["touch"] >= 1 and rows["stages"] >= 1 and rows["payment"] >= 1
    assert rows["credit"] >= 1


@pytest.mark.parametrize(
    ("where", "step", "reason"),
    [
        (f"deal.status = 'lost' and deal.lost_reason is not null and {REAL}", "deal", "is lost: "),
        (f"deal.status = 'open' and {REAL}", "deal", "is still open in stage"),
        (
            "lead.deal_id is null and lead.status = 'open' and not lead.is_test"
            " and not lead.is_spam and not exists (select 1 from marts.fct_deal as others"
            " where others.customer_id = lead.customer_id)",
            "deal",
            "no deal was created from the lead",
        ),
        (
            f"{WON} and {REAL} and {MAPPED} and deal.amount > 0 and deal.paid_at is null",
            "payment",
            "",
        ),
        (
            f"{WON} and {REAL} and lead.campaign_id = 'unmapped' and {PAID}",
            "campaign",
            "",
        ),
        (
            "lead.is_spam and not lead.is_test",
            "lead",
            "is marked as spam, and marts leave spam out",
        ),
        (
            f"deal.status = 'won' and {REAL} and lead.channel = 'unattributed'",
            "channel",
            "",
        ),
        (
            "deal.is_test and not lead.is_test",
            "channel mart",
            "the deal is marked as a test and the lead is not, so the marts count the lead",
        ),
    ],
)
def test_an_order_stops(follow, where, step, reason):
    stops = {one.name: one for one in follow(where).stops}
    assert step in stops, (where, stops)
    assert reason in stops[step].found
    assert stops[step].advice


def test_a_test_of_the_crm_is_kept_out(follow):
    report = follow("lead.is_test")
    (mart,) = (step for step in report.steps if step.name == "channel mart")
    assert mart.state is State.KEPT_OUT
    assert "without it, as many as the facts" in mart.found


def test_a_phone_finds_the_newest_order_of_its_client(home, warehouse):
    phone, lead_id, orders = warehouse.execute(
        """
        select any_value(identifiers.value), max_by(lead.lead_id, lead.created_at), count(*)
        from marts.fct_lead as lead
        inner join landing.leads as delivered using (lead_id)
        inner join identity.identifiers as identifiers
            on delivered.phone = identifiers.raw_value and identifiers.kind = 'phone'
        inner join intermediate.int_customers__reached as reached
            on reached.kind = 'phone' and reached.raw_value = delivered.phone
        where reached.customer_id = lead.customer_id
        group by lead.customer_id
        having count(*) = 2 and count(distinct lead.created_at) = 2 and count(lead.deal_id) = 2
            and count(distinct identifiers.value) = 1
        order by lead.customer_id limit 1
        """
    ).fetchone()
    report = check_purchase(home, {"phone": phone})
    assert report.order.lead_id == lead_id
    assert report.order.others >= orders - 1
    assert report.order.wanted.shown == f"phone ***{phone[-2:]}"


def test_nothing_is_changed(home, follow):
    before = home.warehouse.stat().st_mtime_ns
    follow("lead.is_test")
    assert home.warehouse.stat().st_mtime_ns == before
    assert not (home.root / "warehouse.duckdb.wal").exists()
