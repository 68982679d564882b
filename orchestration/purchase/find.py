"""Finds the records of the order that a person named."""

from orchestration.purchase.order import Order
from orchestration.purchase.wanted import Wanted
from orchestration.purchase.warehouse import Row, Warehouse

_LEAD = "select * from marts.fct_lead where lead_id = $id"
_DEAL = "select * from marts.fct_deal where deal_id = $id"
_SURVIVOR = """
    select survivor_id as id from intermediate.int_merges__resolved
    where entity = $entity and loser_id = $id and survivor_id is not null
"""
# The clients that the warehouse ties to an identifier: several that give it, or the only one.
_CUSTOMERS = """
    select distinct components.customer_id
    from intermediate.int_customers__bridges as bridges
    inner join intermediate.int_customers__components as components using (anchor)
    where bridges.kind = $kind and bridges.value = $value
    union
    select reached.customer_id
    from intermediate.int_customers__reached as reached
    left join identity.identifiers as identifiers using (kind, raw_value)
    where reached.kind = $kind and coalesce(identifiers.value, reached.raw_value) = $value
"""
_BLOCKED = """
    select blocked_as from intermediate.int_customers__bridges
    where kind = $kind and value = $value and blocked_as is not null
"""
# The orders of a client, the newest first: leads, and deals without one.
_ORDERS = """
    select 'lead' as kind, lead_id as id, created_at
    from marts.fct_lead where customer_id = $customer_id
    union all
    select 'deal', deal_id, created_at
    from marts.fct_deal where customer_id = $customer_id and lead_id is null
    order by created_at desc, kind desc, id desc
"""


def find_order(warehouse: Warehouse, wanted: Wanted) -> Order:
    """The order that is meant; of several orders of one client, the newest. Fields stay None where
    nothing was found."""
    match wanted.kind:
        case "lead":
            return _of_lead(warehouse, wanted, _survivor(warehouse, "leads", wanted.value))
        case "deal":
            return _of_deal(warehouse, wanted, _survivor(warehouse, "deals", wanted.value))
        case "order":
            lead_id = _survivor(warehouse, "leads", wanted.value)
            lead = warehouse.row(_LEAD + " and source_type = 'order'", id=lead_id)
            if lead:
                return _of_lead(warehouse, wanted, lead_id)
            return _of_deal(warehouse, wanted, _survivor(warehouse, "deals", wanted.value))
        case _:
            return _of_client(warehouse, wanted)


def _survivor(warehouse: Warehouse, entity: str, record_id: str) -> str:
    """The id of the record that the named one was merged into, or its own."""
    survivor = warehouse.row(_SURVIVOR, entity=entity, id=record_id)
    return str(survivor["id"]) if survivor else record_id


def _of_client(warehouse: Warehouse, wanted: Wanted) -> Order:
    named = {"kind": wanted.kind, "value": wanted.value}
    customers = [row["customer_id"] for row in warehouse.rows(_CUSTOMERS, **named)]
    if len(customers) > 1:
        blocked = warehouse.row(_BLOCKED, **named)
        return Order(
            wanted,
            sharers=len(customers),
            blocked_as=blocked["blocked_as"] if blocked else None,
        )
    if not customers:
        return Order(wanted)
    orders = warehouse.rows(_ORDERS, customer_id=customers[0])
    if not orders:
        return Order(wanted, customer_id=customers[0])
    newest = orders[0]
    of_record = _of_lead if newest["kind"] == "lead" else _of_deal
    return of_record(warehouse, wanted, newest["id"], len(orders) - 1)


def _of_lead(warehouse: Warehouse, wanted: Wanted, lead_id: str, others: int = 0) -> Order:
    lead = warehouse.row(_LEAD, id=lead_id)
    deal_id = lead["deal_id"] if lead else None
    deal = warehouse.row(_DEAL, id=deal_id) if deal_id else None
    return _joined(wanted, lead, deal, others)


def _of_deal(warehouse: Warehouse, wanted: Wanted, deal_id: str, others: int = 0) -> Order:
    deal = warehouse.row(_DEAL, id=deal_id)
    lead_id = deal["lead_id"] if deal else None
    lead = warehouse.row(_LEAD, id=lead_id) if lead_id else None
    return _joined(wanted, lead, deal, others)


def _joined(wanted: Wanted, lead: Row | None, deal: Row | None, others: int) -> Order:
    # Credit goes to the touches of the client of the deal.
    record = deal or lead
    return Order(wanted, lead, deal, record["customer_id"] if record else None, others)
