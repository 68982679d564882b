"""Steps before the data: is there a published night, and did the sources deliver to it?"""

from orchestration.purchase.order import Order
from orchestration.purchase.step import State, Step, stopped
from orchestration.purchase.warehouse import Warehouse

_RUN = "select run_id from ledger.runs where as_of_date = $as_of"
# What the first gate found of the sources that an order passes.
_UNDELIVERED = """
    select distinct source, entity from ledger.checks
    where as_of_date = $as_of and gate = 'landing' and check_id = 'delivered' and not passed
        and entity in ('leads', 'deals', 'contacts', 'touchpoints', 'payments')
    order by all
"""


def night(warehouse: Warehouse, order: Order) -> Step:
    """Whether the warehouse holds the night that is published."""
    run = warehouse.row(_RUN, as_of=warehouse.as_of)
    published = warehouse.published
    if run and run["run_id"] == published.id:
        return Step(
            "night",
            State.ARRIVED,
            f"the marts are published as of {warehouse.as_of}",
            "publication",
            when=published.published_at,
        )
    return stopped(
        "night",
        f"the last run, as of {warehouse.as_of}, is not published: readers see {published.id} as of"
        f" {published.as_of_date}",
        "ledger.runs, publication",
        "Run `voronka nightly` and read the sentence that it ends with.",
    )


def delivered(warehouse: Warehouse, order: Order) -> Step:
    """Whether every source delivered what the order lacks."""
    late = warehouse.rows(_UNDELIVERED, as_of=warehouse.as_of)
    where = "ledger.checks"
    if not late:
        return Step("sources", State.ARRIVED, "every source delivered to this night", where)
    named = ", ".join(f"{row['source']} did not deliver {row['entity']}" for row in late)
    lacking = {"leads", "contacts"} if order.lead is None else set()
    lacking |= {"deals"} if order.deal is None else set()
    lacking |= {"payments"} if order.deal and order.deal["paid_at"] is None else set()
    if lacking.isdisjoint(row["entity"] for row in late):
        return Step("sources", State.ARRIVED, f"{named}, which the order does not wait for", where)
    return stopped(
        "sources",
        named,
        where,
        "Run `voronka doctor`, repair the source and run `voronka nightly` again.",
    )
