"""Why no lead was found: it came after the night, was rejected, or never got as far as the CRM."""

from datetime import datetime

from orchestration.purchase.order import Order
from orchestration.purchase.step import State, Step, stopped
from orchestration.purchase.warehouse import Row, Warehouse

CORRECT = "Correct the row in the source, then run `voronka nightly`."

_SHOWN = 3
# Leads as they landed, also of days that are not counted yet.
_LANDED = {
    "lead": "select lead_id, created_at from landing.leads where lead_id = $value",
    "order": "select lead_id, created_at from landing.leads where lead_id = $value",
    "client_id": "select lead_id, created_at from landing.leads where client_id = $value",
    "phone": """
        select lead_id, created_at from landing.leads where phone in (
            select raw_value from identity.identifiers where kind = 'phone' and value = $value
        )
    """,
    "email": """
        select lead_id, created_at from landing.leads where email in (
            select raw_value from identity.identifiers where kind = 'email' and value = $value
        )
    """,
}
# What else is known of a client without a lead.
_TRACES = """
    select
        (select count(*) from marts.fct_call where customer_id = $customer_id) as calls,
        (select count(*) from marts.fct_touchpoint where customer_id = $customer_id) as touches,
        (
            select count(*) from intermediate.int_customers__identified
            where record_type = 'contact' and customer_id = $customer_id
        ) as contacts
"""
_BROWSER = "select count(*) from landing.touchpoints where client_id = $value"
_NEWEST = """
    select source, max(created_at) as newest_at from landing.leads group by source order by source
"""
_WHERE = "landing.leads, ledger.quarantine"


def no_lead(warehouse: Warehouse, order: Order) -> Step:
    """The step of a lead that is not in the star: where it stopped, and why."""
    if order.sharers > 1:
        return _shared(order)
    if order.deal:
        return stopped(
            "lead",
            f"deal `{order.deal_id}` has no lead: no lead names it and it names none",
            "marts.fct_deal",
            "Link the lead to the deal in the CRM; without it the deal has no channel of its own.",
        )
    if order.wanted.kind == "deal":
        return Step("lead", State.WAITING, "there is no deal that a lead could be linked to")
    value = order.wanted.value
    landed = warehouse.row(_LANDED[order.wanted.kind] + " order by created_at", value=value)
    if landed:
        name = f"lead `{landed['lead_id']}`"
        return stopped("lead", *later(warehouse, name, landed["created_at"], "landing.leads"))
    rejected = warehouse.in_quarantine("leads", value if order.wanted.is_record else None)
    return _rejected(order, rejected) if rejected else _never_came(warehouse, order)


def later(
    warehouse: Warehouse, name: str, created_at: datetime, where: str
) -> tuple[str, str, str]:
    """Why a record that landed is not in the star, where that is seen, and what to do."""
    made = warehouse.local(created_at)
    if created_at >= warehouse.end:
        return (
            f"{name} was created on {made:%Y-%m-%d %H:%M}, after the day {warehouse.as_of} that the"
            " last night counts up to",
            where,
            f"Check again after the night as of {made:%Y-%m-%d}.",
        )
    return (
        f"{name} of {made:%Y-%m-%d %H:%M} landed and is not in the star",
        where,
        "Run `voronka nightly` again; if it stays so, report a bug.",
    )


def told(rejected: Row) -> str:
    """A row in quarantine in words, without its value."""
    row = f" row {rejected['row_number']}" if rejected["row_number"] is not None else ""
    return (
        f"source {rejected['source']}, {rejected['file'] or 'no file'}{row}, column"
        f" {rejected['column_name'] or '-'}: {rejected['reason']}"
    )


def _shared(order: Order) -> Step:
    why = f" and is blocked as `{order.blocked_as}`" if order.blocked_as else ""
    return stopped(
        "lead",
        f"the identifier belongs to {order.sharers} clients{why}, so it names no one order",
        "intermediate.int_customers__bridges",
        "Name the order itself: --lead or --deal.",
    )


def _rejected(order: Order, rejected: list[Row]) -> Step:
    found = "; ".join(map(told, rejected[:_SHOWN]))
    if len(rejected) > _SHOWN:
        found += f" and {len(rejected) - _SHOWN} more"
    if order.wanted.is_record:
        found = f"the row of the lead is in quarantine: {found}"
    else:
        found = f"no lead has it; its row may be one of those in quarantine: {found}"
    return stopped("lead", found, "ledger.quarantine", CORRECT, len(rejected))


def _never_came(warehouse: Warehouse, order: Order) -> Step:
    newest = "; ".join(
        f"newest lead of {row['source']}: {warehouse.local(row['newest_at']):%Y-%m-%d %H:%M}"
        for row in warehouse.rows(_NEWEST)
        if row["newest_at"]
    )
    if not newest:
        return stopped(
            "lead",
            "no source delivered a lead to this night",
            _WHERE,
            "Configure a source of leads, or wait for its first night.",
        )
    known = "no source delivered this id as a lead or a deal"
    if not order.wanted.is_record:
        known = f"no lead has this {order.wanted.kind.replace('_', ' ')}"
        if traces := _traces(warehouse, order):
            known += f", only {traces}"
    return stopped(
        "lead",
        f"{known}; {newest}",
        _WHERE,
        "Look for the order in the CRM: if it is there and newer, check again after its night; if"
        " not, the form or the call tracking did not create a lead.",
    )


def _traces(warehouse: Warehouse, order: Order) -> str:
    counts: Row = {}
    if order.customer_id:
        counts = warehouse.row(_TRACES, customer_id=order.customer_id) or {}
    elif order.wanted.kind == "client_id":
        counts = {"touches": warehouse.number(_BROWSER, value=order.wanted.value)}
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count)
