"""Steps from the deal to the money: deal, stages, calls, payment."""

from decimal import Decimal

from orchestration.purchase.missing import CORRECT, later, told
from orchestration.purchase.order import Order
from orchestration.purchase.step import State, Step, stopped
from orchestration.purchase.warehouse import Row, Warehouse

_LANDED_DEAL = "select deal_id, created_at, is_deleted from landing.deals where deal_id = $deal_id"
_NAMED_DEAL = """
    select deal_id from landing.leads where lead_id = $lead_id and deal_id is not null
"""
_UNLINKED = """
    select deal_id from marts.fct_deal
    where customer_id = $customer_id and lead_id is null and created_at >= $since
    order by created_at, deal_id
"""
_VISITS = """
    select coalesce(stages.stage_name, visits.stage_id) as stage, visits.entered_at
    from marts.fct_deal_stage_visit as visits
    left join marts.dim_stage as stages using (pipeline_id, stage_id)
    where visits.deal_id = $deal_id
    order by visits.visit_no
"""
_CALLS = """
    select started_at, direction, status from marts.fct_call
    where lead_id = $lead_id or deal_id = $deal_id
        or (customer_id = $customer_id and started_at >= $since)
    order by started_at, call_id
"""
_PAYMENTS = """
    select count(*) as payments, min(paid_at) as first_at,
        sum(amount) filter (where not is_refund) as paid,
        coalesce(sum(amount) filter (where is_refund), 0) as refunded
    from marts.fct_payment where deal_id = $deal_id
"""


def deal(warehouse: Warehouse, order: Order) -> Step:
    """The deal and how it ended, or why there is none."""
    row, where = order.deal, "marts.fct_deal"
    if row is None:
        return _no_deal(warehouse, order)
    name = f"deal `{row['deal_id']}`"
    if row["status"] == "lost":
        reason = f": {row['lost_reason']}" if row["lost_reason"] else " without a reason"
        advice = "Ask the manager why; reopen the deal if it was lost by mistake."
        return stopped("deal", f"{name} is lost{reason}", where, advice, 1, row["final_closed_at"])
    if row["status"] == "open":
        found = f"{name} is still open in stage `{row['stage_id']}`"
        advice = "Ask the manager to close the deal; check again after the next night."
        return stopped("deal", found, where, advice, 1, row["created_at"])
    if row["won_at"] is None:
        found = f"{name} is won without a date, so no period has it"
        return stopped("deal", found, where, "Set the closing date of the deal in the CRM.", 1)
    test = ", marked as a test" if row["is_test"] else ""
    return Step("deal", State.ARRIVED, f"{name} is won{test}", where, 1, row["won_at"])


def _no_deal(warehouse: Warehouse, order: Order) -> Step:
    where = "landing.deals, marts.fct_deal"
    if order.lead is None and order.wanted.kind == "deal":
        return stopped("deal", *_lacking(warehouse, order.wanted.value, where))
    if order.lead is None:
        return _waiting("deal", order)
    named = warehouse.row(_NAMED_DEAL, lead_id=order.lead_id)
    if named:
        return stopped("deal", *_lacking(warehouse, named["deal_id"], where))
    unlinked = warehouse.rows(
        _UNLINKED, customer_id=order.customer_id, since=order.lead["created_at"]
    )
    if unlinked:
        ids = ", ".join(f"`{row['deal_id']}`" for row in unlinked[:3])
        found = f"the lead is not linked to the later deal {ids} of the client"
        return stopped("deal", found, where, "Link the deal to the lead in the CRM.")
    if order.lead["status"] == "lost":
        advice = "Ask the manager why the lead was given up."
        found = "the lead is lost and has no deal"
        return stopped("deal", found, where, advice, when=order.lead["lost_at"])
    advice = "Ask the manager to convert the lead; check again after the next night."
    return stopped("deal", "no deal was created from the lead", where, advice)


def _lacking(warehouse: Warehouse, deal_id: str, where: str) -> tuple[str, str, str]:
    """Why a deal that is named is not in the star, where that is seen, and what to do."""
    rejected = warehouse.in_quarantine("deals", deal_id)
    if rejected:
        found = f"deal `{deal_id}` is in quarantine: {told(rejected[0])}"
        return found, "ledger.quarantine", CORRECT
    landed = warehouse.row(_LANDED_DEAL, deal_id=deal_id)
    if landed is None:
        return (
            f"no source delivered deal `{deal_id}`",
            where,
            "Look whether the deal was removed in the CRM, or its pipeline is not read.",
        )
    if landed["is_deleted"]:
        return f"deal `{deal_id}` is deleted in the CRM", where, "Restore the deal in the CRM."
    return later(warehouse, f"deal `{deal_id}`", landed["created_at"], where)


def stages(warehouse: Warehouse, order: Order) -> Step:
    """The stages that the deal passed."""
    if order.deal is None:
        return _waiting("stages", order)
    where = "marts.fct_deal_stage_visit"
    visits = warehouse.rows(_VISITS, deal_id=order.deal_id)
    if not visits:
        advice = "Deliver the stage of the deal, and the entity stages."
        return stopped("stages", "the deal is in no known stage", where, advice)
    path = " → ".join(str(visit["stage"]) for visit in visits)
    if not order.deal["has_history"]:
        path += " (no stage events: no durations)"
    return Step("stages", State.ARRIVED, path, where, len(visits), visits[0]["entered_at"])


def calls(warehouse: Warehouse, order: Order) -> Step:
    """The calls with the client since the order, if any."""
    where = "marts.fct_call"
    if order.customer_id is None:
        return Step("calls", State.WAITING, "no client to look for", where)
    if not warehouse.delivers("calls"):
        return Step("calls", State.NOT_NEEDED, "no source delivers calls", where)
    found = warehouse.rows(
        _CALLS,
        lead_id=order.lead_id,
        deal_id=order.deal_id,
        customer_id=order.customer_id,
        since=order.ordered_at or warehouse.end,
    )
    if not found:
        return Step("calls", State.NOT_NEEDED, "no call since the order", where, 0)
    answered = sum(call["status"] == "answered" for call in found)
    return Step(
        "calls",
        State.ARRIVED,
        f"{len(found)} since the order, {answered} answered",
        where,
        len(found),
        found[0]["started_at"],
    )


def payment(warehouse: Warehouse, order: Order) -> Step:
    """Whether the deal is paid in full."""
    if order.deal is None:
        return _waiting("payment", order)
    where = "marts.fct_payment"
    if not warehouse.delivers("payments"):
        return Step("payment", State.NOT_NEEDED, "no source delivers payments", where)
    paid = warehouse.row(_PAYMENTS, deal_id=order.deal_id) or {}
    if order.deal["status"] != "won" and not paid.get("payments"):
        return Step("payment", State.WAITING, "the deal is not won yet", where, 0)
    return _paid(warehouse, order.deal, paid, where)


def _paid(warehouse: Warehouse, deal: Row, paid: Row, where: str) -> Step:
    amount: Decimal | None = deal["amount"]
    owed = f"{amount:,.2f} {deal['currency']}" if amount else "a deal without an amount"
    if not paid["payments"] and amount:
        rejected = len(warehouse.in_quarantine("payments"))
        hint = f"; {rejected} rejected payments are in ledger.quarantine" if rejected else ""
        advice = "Ask accounting whether the order is paid and the payment names its deal."
        return stopped("payment", f"no payment of {owed}{hint}", where, advice)
    told_paid = f"{paid['paid'] or 0:,.2f} of {owed} paid"
    if paid["refunded"]:
        told_paid += f", {paid['refunded']:,.2f} given back"
    if amount and deal["paid_at"] is None:
        advice = "Ask accounting for the rest of the payment."
        return stopped(
            "payment", f"only {told_paid}", where, advice, paid["payments"], paid["first_at"]
        )
    return Step("payment", State.ARRIVED, told_paid, where, paid["payments"], deal["paid_at"])


def _waiting(name: str, order: Order) -> Step:
    lacking = "deal" if order.lead else "lead or deal"
    return Step(name, State.WAITING, f"there is no {lacking}")
