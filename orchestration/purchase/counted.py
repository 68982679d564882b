"""Steps in which the order is counted: facts, the channel mart, the credit of its win."""

from orchestration.purchase.arrival import window
from orchestration.purchase.order import Order
from orchestration.purchase.step import State, Step, stopped
from orchestration.purchase.warehouse import Row, Warehouse

_MART = "marts.mart_channel_conversion"

_FACTS = """
    select 'fct_lead' as fact, count(*) as found from marts.fct_lead where lead_id = $lead_id
    union all
    select 'fct_lead_stage_visit', count(*) from marts.fct_lead_stage_visit
    where lead_id = $lead_id
    union all
    select 'fct_deal', count(*) from marts.fct_deal where deal_id = $deal_id
    union all
    select 'fct_deal_stage_visit', count(*) from marts.fct_deal_stage_visit
    where deal_id = $deal_id
    union all
    select 'fct_payment', count(*) from marts.fct_payment where deal_id = $deal_id
"""
# The leads of the mart and of the facts: in all, and on the day of the order by its channel.
_LEADS = """
    with real as (
        select lead_id, channel,
            cast(timezone($zone, timezone('UTC', created_at)) as date) as date
        from marts.fct_lead where not is_test and not is_spam
    ),
    mart as (
        select coalesce(sum(leads), 0) as total,
            coalesce(sum(leads) filter (where date = $day and channel = $channel), 0) as there
        from marts.mart_channel_conversion
    ),
    facts as (
        select count(*) as total,
            count(*) filter (where date = $day and channel = $channel) as there,
            count(*) filter (where lead_id = $lead_id) as mine
        from real
    )
    select mart.total as mart_total, facts.total as fact_total,
        mart.there as mart_there, facts.there as fact_there, facts.mine
    from mart, facts
"""
_WON = """
    select
        (
            select cast(round(coalesce(sum(won), 0)) as bigint) from marts.mart_channel_attribution
            where attribution_model = $model
        ) as mart_won,
        (
            select count(*) from marts.fct_deal
            where status = 'won' and won_at is not null and not is_test
        ) as fact_won
"""
_CREDIT = """
    select channel, sum(weight) as weight, sum(credited_revenue) as revenue
    from marts.fct_attribution_credit
    where deal_id = $deal_id and attribution_model = $model
    group by channel order by weight desc, channel
"""


def facts(warehouse: Warehouse, order: Order) -> Step:
    """How many rows of the star the order has."""
    found = warehouse.rows(_FACTS, lead_id=order.lead_id, deal_id=order.deal_id)
    counts = {row["fact"]: row["found"] for row in found}
    rows = sum(counts.values())
    if not rows:
        return Step("facts", State.WAITING, "no row of a fact", "marts", 0)
    told = ", ".join(f"{table} {count}" for table, count in counts.items() if count)
    return Step("facts", State.ARRIVED, told, "marts", rows)


def channel_mart(warehouse: Warehouse, order: Order) -> Step:
    """Whether the channel marts count the order; a test has to be left out of them."""
    if order.lead is None:
        return Step("channel mart", State.WAITING, "there is no lead to count", _MART)
    if order.deal and order.lead["is_test"] != order.deal["is_test"]:
        test, real = ("lead", "deal") if order.lead["is_test"] else ("deal", "lead")
        return stopped(
            "channel mart",
            f"the {test} is marked as a test and the {real} is not, so the marts count the {real}",
            _MART,
            f"Mark the {real} in the CRM too, or the client in [business.test_purchases].",
        )
    day, channel = warehouse.local(order.lead["created_at"]).date(), order.lead["channel"]
    counts = {
        **warehouse.only_row(
            _LEADS, day=day, channel=channel, zone=str(warehouse.zone), lead_id=order.lead_id
        ),
        **warehouse.only_row(_WON, model=warehouse.settings["attribution_model"]),
    }
    if wrong := _unequal(counts):
        advice = "Run `voronka nightly` again; if it stays so, report a bug."
        return stopped("channel mart", wrong, _MART, advice)
    totals = f"{counts['mart_total']:,} leads and {counts['mart_won']:,} won deals"
    if counts["mine"]:
        return Step(
            "channel mart",
            State.ARRIVED,
            f"one of {counts['mart_there']:,} leads of {channel} on {day}; the marts hold {totals},"
            " as many as the facts",
            _MART,
            1,
        )
    state, kind = (State.KEPT_OUT, "test") if order.is_test else (State.WAITING, "spam lead")
    found = f"left out as a {kind}: the marts hold {totals} without it, as many as the facts"
    return Step("channel mart", state, found, _MART, 0)


def _unequal(counts: Row) -> str | None:
    """What the marts count otherwise than the facts without tests and spam; None: all is equal."""
    for name, of in (
        ("total", "leads"),
        ("there", "leads of the day and channel"),
        ("won", "won deals"),
    ):
        mart, fact = counts[f"mart_{name}"], counts[f"fact_{name}"]
        if mart != fact:
            return f"the marts hold {mart:,} {of}, the facts without tests and spam {fact:,}"
    return None


def credit(warehouse: Warehouse, order: Order) -> Step:
    """The channels that the win is credited to by the default model."""
    where = "marts.fct_attribution_credit"
    model = warehouse.settings["attribution_model"]
    if order.deal is None or order.deal["won_at"] is None:
        return Step("credit", State.WAITING, "credit is given once the deal is won", where)
    if order.deal["is_test"]:
        return Step("credit", State.KEPT_OUT, "a test is credited to no channel", where, 0)
    shares = warehouse.rows(_CREDIT, deal_id=order.deal_id, model=model)
    told = ", ".join(
        f"{row['channel']} {row['weight']:.0%}"
        + (f" = {row['revenue']:,.2f}" if row["revenue"] is not None else "")
        for row in shares
    )
    if any(row["channel"] == "unattributed" for row in shares) or not shares:
        _, ends_at, _, days = window(warehouse, order)
        until = f"{warehouse.local(ends_at):%Y-%m-%d %H:%M}"
        return stopped(
            "credit",
            "the win is credited to no channel: no touch with a channel in the window of"
            f" {days} days up to {until}",
            where,
            "See the steps touch and channel.",
            len(shares),
        )
    return Step(
        "credit", State.ARRIVED, f"{model}: {told}", where, len(shares), order.deal["won_at"]
    )
