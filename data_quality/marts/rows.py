"""The rows of facts that more than one family of marts counts."""

REAL_LEADS = "from marts.fct_lead where not is_test and not is_spam"
WON = "from marts.fct_deal where status = 'won' and won_at is not null and not is_test"
CLOSED = "from marts.fct_deal where final_closed_at is not null and not is_test"
