"""Gate 2 over payments: refunds, which are taken off revenue."""

from data_quality.checks import Measure
from data_quality.comparisons import no_bad_rows
from data_quality.ledger import marts_fed_by

# A deal without an amount has nothing to give back.
_OVERDRAWN = """
    is_refund and deal_id in (
        select refund.deal_id
        from marts.fct_payment as refund
        inner join marts.fct_deal as deal
            on refund.deal_id = deal.deal_id and refund.currency = deal.currency
        where refund.is_refund and deal.status = 'won'
        group by refund.deal_id
        having sum(abs(refund.amount)) > max(coalesce(deal.amount, 0))
    )
"""


def payment_measures() -> list[Measure]:
    marts = marts_fed_by("payments")
    return [
        no_bad_rows(
            "refund_in_base",
            "fct_payment",
            "is_refund and amount <> 0 and amount_base is null",
            "coalesce(currency, 'no currency')",
            "are refunds and cannot be converted to the base currency",
            "deliver fx_rates for that currency up to the day of the refund",
            marts,
        ),
        no_bad_rows(
            "refunds_within_deal",
            "fct_payment",
            _OVERDRAWN,
            "deal_id",
            "are refunds of won deals that give back more than their amount",
            "see whether a refund came twice, or whether the amount was lowered by it, too; revenue"
            " is what is left, below 0 here",
            marts,
            "warn",
            "validity",
        ),
    ]
