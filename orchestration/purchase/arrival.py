"""Steps from the advertising channel to the client: touch, lead, channel, campaign, client."""

from datetime import datetime, timedelta

from orchestration.purchase.missing import no_lead
from orchestration.purchase.order import Order
from orchestration.purchase.step import State, Step, stopped
from orchestration.purchase.warehouse import Row, Warehouse

_ADD_RULE = "Add a rule to [[business.channel_rules]]: docs/channels.md."
# What the shipped rules call a lead without marks, or with marks that they do not know.
_UNKNOWN = ("unattributed", "other")
_SEGMENT = "select segment from marts.dim_customer where customer_id = $customer_id"
# The touch that brought the lead counts however old it is.
_TOUCHES = """
    select touches.occurred_at, touches.type, touches.channel,
        concat_ws(' / ', delivered.utm_source, delivered.utm_medium, delivered.utm_campaign) as utm
    from intermediate.int_touchpoints__conformed as touches
    left join landing.touchpoints as delivered using (touchpoint_id)
    where touches.customer_id = $customer_id
        and (
            touches.occurred_at between $first and $last
            or ($window_from = 'lead' and touches.is_lead_birth and touches.lead_id = $lead_id)
        )
    order by touches.occurred_at, touches.touchpoint_id
"""
_LAST_BEFORE = """
    select max(occurred_at) as occurred_at from marts.fct_touchpoint
    where customer_id = $customer_id and occurred_at < $first
"""
_MARKS = """
    select utm_source, utm_medium, utm_campaign, channel, source_type, referrer is not null as
        has_referrer
    from landing.leads where lead_id = $lead_id
"""
_MERGED = """
    select count(*) from intermediate.int_merges__resolved
    where entity = 'leads' and survivor_id = $lead_id
"""
_CHANNEL = "select channel_group, is_listed from marts.dim_channel where channel = $channel"
_CAMPAIGN = """
    select any_value(campaigns.platform) as platform, any_value(campaigns.campaign_name) as name,
        count(spend.date) as days
    from (
        select distinct platform, campaign_id, campaign_name from marts.dim_campaign
        where campaign_id = $campaign_id
    ) as campaigns
    left join (
        select distinct date, platform from marts.fct_ad_spend
        where campaign_id = $campaign_id and date = $day
    ) as spend using (platform)
"""
_RECORDS = """
    select record_type, count(*) as records from intermediate.int_customers__identified
    where customer_id = $customer_id group by record_type order by record_type
"""


def touch(warehouse: Warehouse, order: Order) -> Step:
    """The touches of the client in the window that a win is credited from."""
    where = "marts.fct_touchpoint"
    if order.ordered_at is None or order.customer_id is None:
        return Step("touch", State.WAITING, "without a lead or deal no touch is counted", where)
    first, ends_at, last, days = window(warehouse, order)
    until = f"{warehouse.local(ends_at):%Y-%m-%d %H:%M}"
    client = {"customer_id": order.customer_id}
    touches = warehouse.rows(
        _TOUCHES,
        first=first,
        last=last,
        lead_id=order.lead_id,
        window_from=warehouse.settings["window_from"],
        **client,
    )
    told = f"in the window of {days} days up to {until}"
    if any(touch["channel"] for touch in touches):
        found = f"{len(touches)} {told}: {_listed(warehouse, touches)}"
        when = touches[0]["occurred_at"]
        return Step("touch", State.ARRIVED, found, where, len(touches), when)
    if touches:
        found = f"{len(touches)} {told}, none with a channel: {_listed(warehouse, touches)}"
        return stopped("touch", found, where, _ADD_RULE, len(touches))
    found = f"no touch {told}"
    earlier = warehouse.row(_LAST_BEFORE, first=first, **client)
    if earlier and earlier["occurred_at"]:
        day = warehouse.local(earlier["occurred_at"]).date()
        found += f"; the last one before it is of {day}"
    if not warehouse.delivers("touchpoints"):
        found += "; no source delivers touchpoints, and the lead names no channel"
    advice = (
        "Let the site pass its client id and UTM marks to the CRM with the order, or set"
        " `business.attribution.window_days`."
    )
    return stopped("touch", found, where, advice)


def window(warehouse: Warehouse, order: Order) -> tuple[datetime, datetime, datetime, int]:
    """The first instant of the attribution window, the one it counts back from, the last instant
    of a touch that counts, all UTC, and its length in days."""
    won_at = order.deal["won_at"] if order.deal else None
    ends_at = order.ordered_at or warehouse.end
    if won_at and (warehouse.settings["window_from"] == "win" or won_at < ends_at):
        ends_at = won_at
    client = warehouse.row(_SEGMENT, customer_id=order.customer_id)
    segment = "b2b" if client and client["segment"] == "b2b" else "b2c"
    days = int(warehouse.settings[f"window_days_{segment}"])
    return ends_at - timedelta(days=days), ends_at, max(won_at or ends_at, ends_at), days


def _listed(warehouse: Warehouse, touches: list[Row]) -> str:
    shown = touches if len(touches) <= 3 else [touches[0], touches[-1]]
    parts = [
        f"{one['type']} {warehouse.local(one['occurred_at']):%Y-%m-%d %H:%M}"
        + (f" (utm {one['utm']})" if one["utm"] else "")
        + f" by {one['channel'] or 'no channel'}"
        for one in shown
    ]
    if len(shown) < len(touches):
        parts.insert(1, f"{len(touches) - 2} more")
    return ", ".join(parts)


def lead(warehouse: Warehouse, order: Order) -> Step:
    """The lead in the star, or why there is none."""
    row = order.lead
    if row is None:
        return no_lead(warehouse, order)
    found = f"lead `{row['lead_id']}` of source {row['source']}"
    if merged := warehouse.number(_MERGED, lead_id=row["lead_id"]):
        found += f", with {merged} merged into it"
    if order.others:
        found += f"; the newest of {order.others + 1} orders of the client"
    where = "marts.fct_lead"
    if row["is_spam"] and not order.is_test:
        found += ", is marked as spam, and marts leave spam out"
        advice = "Correct the junk reason of the lead in the CRM."
        return stopped("lead", found, where, advice, 1, row["created_at"])
    if row["is_test"]:
        found += ", marked as a test"
    return Step("lead", State.ARRIVED, found, where, 1, row["created_at"])


def channel(warehouse: Warehouse, order: Order) -> Step:
    """The channel of the lead, by its marks."""
    where = "marts.fct_lead"
    if order.lead is None:
        return Step("channel", State.WAITING, "a channel is found for a lead", where)
    name = order.lead["channel"]
    marks = _marks(warehouse, order)
    if name in _UNKNOWN and marks:
        found = f"the marks of the lead ({marks}) match no channel rule: it counts as {name}"
        return stopped("channel", found, where, _ADD_RULE)
    if name in _UNKNOWN:
        return stopped(
            "channel",
            "the lead has no UTM mark, no channel and no referrer",
            where,
            "Let the site or the call tracking pass its marks to the CRM with the order.",
        )
    known = warehouse.row(_CHANNEL, channel=name)
    unlisted = "" if known and known["is_listed"] else ", which is not in the list of channels"
    return Step(
        "channel",
        State.ARRIVED,
        f"{name}{unlisted}" + (f", by {marks}" if marks else ""),
        where,
        1,
    )


def _marks(warehouse: Warehouse, order: Order) -> str:
    marks = warehouse.row(_MARKS, lead_id=order.lead_id) or {}
    said = [
        f"{name} `{marks[name]}`"
        for name in ("utm_source", "utm_medium", "channel")
        if marks.get(name)
    ]
    return ", ".join([*said, *(["a referrer"] if marks.get("has_referrer") else [])])


def campaign(warehouse: Warehouse, order: Order) -> Step:
    """The campaign of the ads that the lead names."""
    where = "marts.dim_campaign"
    if order.lead is None:
        return Step("campaign", State.WAITING, "a campaign is found for a lead", where)
    name, campaign_id = order.lead["channel"], order.lead["campaign_id"]
    listed = warehouse.row(_CHANNEL, channel=name)
    if not (listed and listed["channel_group"] == "paid") and campaign_id in (None, "unmapped"):
        return Step("campaign", State.NOT_NEEDED, f"channel {name} has no campaign of ads", where)
    if not warehouse.delivers("ad_stats"):
        return Step("campaign", State.NOT_NEEDED, "no source delivers advertising", where)
    if campaign_id in (None, "unmapped"):
        marks = warehouse.row(_MARKS, lead_id=order.lead_id) or {}
        named = marks.get("utm_campaign")
        found = f"the lead came by {name} and names no campaign"
        if named:
            found = f"utm_campaign `{named}` is not the id or name of exactly one campaign"
        return stopped("campaign", found, where, "Put the campaign id into utm_campaign of the ad.")
    day = warehouse.local(order.lead["created_at"]).date()
    ads = warehouse.row(_CAMPAIGN, campaign_id=campaign_id, day=day) or {}
    spent = "has rows" if ads.get("days") else "has no row"
    return Step(
        "campaign",
        State.ARRIVED,
        f"campaign `{campaign_id}` of {ads.get('platform')}; advertising {spent} on {day}",
        where,
        1,
    )


def client(warehouse: Warehouse, order: Order) -> Step:
    """The client whose records were joined."""
    where = "intermediate.int_customers__identified"
    if order.customer_id is None:
        return Step("client", State.WAITING, "no record leads to a client", where)
    records = warehouse.rows(_RECORDS, customer_id=order.customer_id)
    told = ", ".join(
        f"{row['records']} {row['record_type']}{'s' if row['records'] > 1 else ''}"
        for row in records
    )
    found = f"customer {order.customer_id[:8]}… of {told or 'no record of the CRM'}"
    if order.lead and order.lead["customer_id"] != order.customer_id:
        found += "; the CRM names another contact for the lead than for the deal"
    return Step("client", State.ARRIVED, found, where, sum(row["records"] for row in records))
