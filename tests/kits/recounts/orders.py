"""What orders make of themselves, found a second time: which lead and deal of the CRM each is, and
the rows that the CRM would have of the others. Plain Python over the landed rows of the demo."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from kits.recounts.star import AS_OF_END, Row, addresses, survivors

_CLOSE = timedelta(seconds=60)
_STAGES = ("new", "paid", "shipped", "delivered", "cancelled", "returned")


@dataclass
class Made:
    """`links`: lead and deal by order; the other rows look like those of the CRM. `said`: what the
    orders that the CRM has say of their clients, as touches of the lead or messages of the deal."""

    links: dict[str, tuple[str | None, str]] = field(default_factory=dict)
    leads: dict[str, Row] = field(default_factory=dict)
    deals: dict[str, Row] = field(default_factory=dict)
    stages: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    touches: list[Row] = field(default_factory=list)
    messages: list[Row] = field(default_factory=list)


def made(tables: dict[str, list[Row]], leads: dict[str, Row], deals: dict[str, Row]) -> Made:
    """`tables`: landed rows by entity; `leads`, `deals`: those of the CRM that survive."""
    found = Made()
    orders = {
        f"order:{row['source']}:{row['order_id']}": row
        for row in tables["orders"]
        if row["created_at"] < AS_OF_END
    }
    lines = defaultdict(list)
    for row in tables["order_lines"]:
        lines[f"order:{row['source']}:{row['order_id']}"].append(row)
    for key, (lead_id, deal_id) in _links(orders, tables, leads, deals).items():
        order = orders[key]
        found.links[order["order_id"]] = lead_id, deal_id
        if lead_id == key:
            blank = dict.fromkeys(next(iter(leads.values())))
            found.leads[key] = blank | order | {"lead_id": key, "deal_id": key}
        elif lead_id:
            said = dict.fromkeys(tables["touchpoints"][0]) | order
            found.touches.append(
                said
                | {"lead_id": lead_id, "touchpoint_id": key, "occurred_at": order["created_at"]}
            )
        else:
            said = dict.fromkeys(tables["messages"][0]) | order
            said |= {"lead_id": None, "deal_id": deal_id, "sent_at": order["created_at"]}
            found.messages.append(said | {"direction": "in", "is_automatic": True})
        if deal_id == key:
            _make_deal(found, key, order, lines[key], next(iter(deals.values())))
    return found


def _links(
    orders: dict[str, Row],
    tables: dict[str, list[Row]],
    leads: dict[str, Row],
    deals: dict[str, Row],
) -> dict[str, tuple[str | None, str]]:
    losers = {kind: survivors(tables["merges"], kind) for kind in ("leads", "deals", "contacts")}

    def last(kind: str, record_id: str | None) -> str | None:
        return losers[kind].get(record_id, record_id)

    first_lead: dict[str, str] = {}
    pairs = [(row["lead_id"], row["deal_id"]) for row in (*leads.values(), *deals.values())]
    pairs += [(row["lead_id"], row["deal_id"]) for row in (*tables["leads"], *tables["deals"])]
    for lead_id, deal_id in pairs:
        lead_id, deal_id = last("leads", lead_id), last("deals", deal_id)
        if lead_id in leads and deal_id in deals:
            known = first_lead.get(deal_id, lead_id)
            first_lead[deal_id] = min(
                known, lead_id, key=lambda one: (leads[one]["created_at"], one)
            )
    own = {}
    for key, order in orders.items():
        lead_id, deal_id = last("leads", order["lead_id"]), last("deals", order["deal_id"])
        own[key] = (lead_id if lead_id in leads else None, deal_id if deal_id in deals else None)
    # The demo has no order of which the CRM holds the deal and no lead, unless by its id.
    for key, lead_id in _near(orders, own, tables):
        own[key] = last("leads", lead_id), None
    taken = {deal_id for _, deal_id in own.values()}
    free = defaultdict(list)
    for deal_id in sorted(first_lead, key=lambda one: (deals[one]["created_at"], one)):
        if deal_id not in taken:
            free[first_lead[deal_id]].append(deal_id)
    links = {}
    for key in sorted(own, key=lambda one: (orders[one]["created_at"], one)):
        lead_id, deal_id = own[key]
        if lead_id and not deal_id and free[lead_id]:
            deal_id = free[lead_id].pop(0)
        lead_id = first_lead.get(deal_id) or lead_id or (None if deal_id else key)
        links[key] = lead_id, deal_id or key
    return links


def _near(
    orders: dict[str, Row],
    own: dict[str, tuple[str | None, str | None]],
    tables: dict[str, list[Row]],
) -> Iterator[tuple[str, str]]:
    """Orders that name nothing, each with the lead of its client that is nearest in time."""
    cards = {row["contact_id"]: row for row in tables["contacts"]}
    named = {row["lead_id"] for row in orders.values()}
    by_address = defaultdict(list)
    for lead in tables["leads"]:
        if lead["lead_id"] not in named:
            for address in addresses(lead) | addresses(cards.get(lead["contact_id"], {})):
                by_address[address].append(lead)
    pairs = []
    for key, order in orders.items():
        if own[key] == (None, None):
            near = {
                (abs(lead["created_at"] - order["created_at"]), lead["lead_id"])
                for address in addresses(order)
                for lead in by_address[address]
            }
            pairs += [(apart, key, lead_id) for apart, lead_id in near if apart <= _CLOSE]
    for apart, key, lead_id in pairs:
        of_order = min((a, lead) for a, k, lead in pairs if k == key)
        of_lead = min((a, k) for a, k, lead in pairs if lead == lead_id)
        if of_order == (apart, lead_id) and of_lead == (apart, key):
            yield key, lead_id


def _make_deal(found: Made, key: str, order: Row, lines: list[Row], like: Row) -> None:
    """Every shop of the demo tells when an order is paid, and in the order of its stages."""
    pipeline = f"shop:{order['shop']}"
    times = {
        "new": order["created_at"],
        "paid": order["paid_at"],
        "shipped": order["status_changed_at"] if order["status"] == "shipped" else None,
        "delivered": order["delivered_at"],
        "cancelled": order["cancelled_at"] if order["status"] == "cancelled" else None,
        "returned": order["status_changed_at"] if order["status"] == "returned" else None,
    }
    known = {name: at for name, at in times.items() if at and at < AS_OF_END}
    for number, name in enumerate(_STAGES):
        if name in known:
            found.events.append(
                {"deal_id": key, "to_stage_id": f"{pipeline}:{name}", "from_stage_id": None}
                | {"changed_at": known[name], "sequence": number}
            )
    status = "open"
    if "paid" in known or "delivered" in known:
        status = "won"
    if order["status"] in ("cancelled", "returned"):
        status = "lost"
    closed: datetime | None = known.get(order["status"]) if status == "lost" else None
    if status == "won":
        closed = min(known[name] for name in ("paid", "delivered") if name in known)
    amount = None
    if lines:
        amount = Decimal(0)
        for line in lines:
            back = 0 if order["status"] == "returned" else line["returned_quantity"] or 0
            amount += (line["quantity"] - back) * line["price"]
    found.deals[key] = dict.fromkeys(like) | {
        **{"deal_id": key, "pipeline_id": pipeline, "stage_id": f"{pipeline}:{order['status']}"},
        **{"status": status, "created_at": order["created_at"], "closed_at": closed},
        **{"amount": amount, "currency": order["currency"], "contact_id": order["contact_id"]},
        **{"lead_id": found.links[order["order_id"]][0], "is_test": False, "is_deleted": False},
    }
    if pipeline not in {row["pipeline_id"] for row in found.stages}:
        meanings = ("open", "won", "post_won", "post_won", "lost", "lost")
        for number, (name, semantics) in enumerate(zip(_STAGES, meanings, strict=True)):
            found.stages.append(
                {"pipeline_id": pipeline, "stage_id": f"{pipeline}:{name}", "is_deleted": False}
                | {"stage_order": number, "semantics": semantics}
            )
