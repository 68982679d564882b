"""The rows of facts that more than one family of marts counts."""

REAL_LEADS = "from marts.fct_lead where not is_test and not is_spam"
# What no order of a shop made: somebody sells it.
CRM_LEADS = f"{REAL_LEADS} and not is_made_of_order"
REAL_CALLS = "from marts.fct_call where not is_test"
REAL_MESSAGES = "from marts.fct_message where not is_automatic and not is_test"
WON = "from marts.fct_deal where status = 'won' and won_at is not null and not is_test"
# Won minus refunds, whenever won: the definition of revenue.
REVENUE = (
    "coalesce(sum(amount_base), 0) - (select coalesce(sum(abs(refund.amount_base)), 0)"
    f" from marts.fct_payment as refund where refund.is_refund and refund.deal_id in"
    f" (select deal_id {WON})) as total {WON}"
)
CLOSED = "from marts.fct_deal where final_closed_at is not null and not is_test"
CRM_CLOSED = f"{CLOSED} and not is_made_of_order"
