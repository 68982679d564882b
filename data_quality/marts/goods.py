"""Gate 2 over the facts of orders, their lines, fees and stock: no row and no money is lost."""

from datetime import date

from data_quality.checks import Measure
from data_quality.comparisons import no_bad_rows, same_total
from data_quality.ledger import marts_fed_by

# The same order, told by another source within the day before, or with this one at one time.
_ORDERS = (
    "from landing.orders as ordered where created_at < {end} and not exists"
    " (select 1 from landing.orders as twin where twin.order_id = ordered.order_id"
    " and lower(twin.shop) = lower(ordered.shop) and twin.source <> ordered.source"
    " and twin.created_at >= ordered.created_at - interval 1 day"
    " and (twin.created_at < ordered.created_at"
    " or (twin.created_at = ordered.created_at and twin.source < ordered.source)))"
)
# The lines of the orders that were made by the end of the as_of day, without those of an order that
# counts as another source tells it.
_LINES = (
    "from landing.order_lines as line inner join landing.orders as ordered"
    " on line.source = ordered.source and line.order_id = ordered.order_id"
    " where ordered.created_at < {end} and ("
    " (ordered.source, ordered.order_id) in (select (fact.source, fact.order_id)"
    " from marts.fct_order as fact) or not exists (select 1 from marts.fct_order as fact"
    " where fact.order_id = ordered.order_id and lower(fact.shop) = lower(ordered.shop)))"
)
# So are the fees.
_FEES = (
    "from landing.fees as fee where {by_day} and ("
    " (fee.source, fee.fee_id) in (select (fact.source, fact.fee_id) from marts.fct_fee as fact)"
    " or not exists (select 1 from marts.fct_fee as fact where fact.fee_id = fee.fee_id"
    " and lower(fact.shop) = lower(fee.shop) and fact.date = fee.date and fact.kind = fee.kind))"
)
# A product of 10^20 or more is in no fact.
_PAID = (
    "sum(case when abs(cast(line.quantity as double) * cast(line.price as double)) < 1e20"
    " then cast(line.quantity * line.price as decimal(38, 6)) end)"
)
# What a deal of an order earns: a return in part is taken off, a whole one loses the deal.
_KEPT = "revenue - case when status = 'returned' then 0 else returned_amount end"


def goods_measures(end: str, as_of: date) -> dict[str, list[Measure]]:
    """The measures by table. `end`: the UTC time at which the as_of day ends, as SQL."""
    by_day = f"date <= date '{as_of}'"
    return {
        "fct_order": [
            _rows("fct_order", "orders", _ORDERS.format(end=end)),
            same_total(
                "revenue_equals_landing",
                "fct_order",
                "revenue",
                "select currency as part, sum(revenue) as total from {batch} group by part",
                f"select upper(ordered.currency) as part, {_PAID} as total"
                f" {_LINES.format(end=end)} group by part",
                marts_fed_by("orders"),
            ),
            same_total(
                "amounts_of_deals_equal_facts",
                "fct_order",
                "revenue of the orders that make deals, less returns",
                f"select '' as part, sum({_KEPT}) as total from {{batch}} where is_deal_made",
                "select '' as part, sum(amount) as total from marts.fct_deal"
                " where deal_id in (select ordered.deal_id from marts.fct_order as ordered"
                " where ordered.is_deal_made)",
                marts_fed_by("orders"),
            ),
        ],
        "fct_order_line": [
            _rows("fct_order_line", "order_lines", _LINES.format(end=end)),
            _in_base("fct_order_line", "order_lines", "revenue", "are lines of orders"),
        ],
        "fct_fee": [
            _rows(
                "fct_fee",
                "fees",
                f"from landing.fees where {by_day}",
                "count(distinct (lower(shop), fee_id, date, kind))",
            ),
            same_total(
                "amount_equals_landing",
                "fct_fee",
                "sum of amounts",
                "select currency as part, sum(amount) as total from {batch} group by part",
                "select upper(currency) as part, sum(amount) as total"
                f" {_FEES.format(by_day=by_day)} group by part",
                marts_fed_by("fees"),
            ),
            _in_base("fct_fee", "fees", "amount", "are fees"),
        ],
        "fct_stock_daily": [
            _rows("fct_stock_daily", "stock", f"from landing.stock where {by_day}")
        ],
    }


def _rows(table: str, entity: str, landed: str, counted: str = "count(*)") -> Measure:
    return same_total(
        "rows_equal_landing",
        table,
        f"number of {entity.replace('_', ' ')}",
        "select '' as part, count(*) as total from {batch}",
        f"select '' as part, {counted} as total {landed}",
        marts_fed_by(entity),
    )


def _in_base(table: str, entity: str, amount: str, complaint: str) -> Measure:
    return no_bad_rows(
        f"{amount}_in_base",
        table,
        f"{amount} <> 0 and {amount}_base is null",
        "coalesce(currency, 'no currency')",
        f"{complaint} and cannot be converted to the base currency",
        "deliver fx_rates for that currency for every day with orders and fees",
        marts_fed_by(entity),
    )
