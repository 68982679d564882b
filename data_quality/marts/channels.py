"""Totals of the channel marts: spend, leads, wins and money, by every model of attribution."""

from data_quality.checks import Measure
from data_quality.comparisons import same_total
from data_quality.marts.periods import same_in_periods
from data_quality.marts.rows import CRM_LEADS, REAL_LEADS, REVENUE, WON
from data_quality.marts.unattributed import unattributed_measure

_CONVERSION = "mart_channel_conversion"
_ATTRIBUTION = "mart_channel_attribution"
_COMPARE = "mart_attribution_compare"
_COHORT, _RECONCILED = "mart_lead_cohort", "mart_channel_reconciliation"

_SPEND = "sum(spend_base) as total from marts.fct_ad_spend"
_WINS = {
    "won": f"count(*) as total {WON}",
    "won_amount": f"sum(amount_base) as total {WON}",
    "revenue": REVENUE,
    "cohort_won": f"count(*) as total {WON}",
    "cohort_revenue": REVENUE,
}
_MODELS = "(select distinct attribution_model from marts.fct_attribution_credit) as models"
# Shares the total of all deals and not single deals, so it has no credits.
_COMPARED = f"(select * from {_MODELS} union all select 'markov_total') as compared"


def channel_measures() -> dict[str, list[Measure]]:
    return {
        _CONVERSION: [
            same_total(
                f"{column}_equals_facts",
                _CONVERSION,
                f"sum of {column}",
                f"select '' as part, sum({column}) as total from {{batch}}",
                f"select '' as part, {expected}",
            )
            for column, expected in {
                "spend": _SPEND,
                "leads": f"count(*) as total {REAL_LEADS}",
                **_WINS,
            }.items()
        ],
        _COHORT: [
            same_total(
                "leads_equal_facts",
                _COHORT,
                "sum of leads at each age",
                "select cohort_grain || ' ' || day_number as part, sum(leads) as total from {batch}"
                " group by part",
                "select part, total from"
                " (select distinct cohort_grain || ' ' || day_number as part from {batch}) as parts"
                f" cross join (select count(*) as total {CRM_LEADS}) as facts",
            )
        ],
        _RECONCILED: [
            same_total(
                f"{column}_equals_facts",
                _RECONCILED,
                f"sum of {column}",
                f"select '' as part, sum({column}) as total from {{batch}}",
                f"select '' as part, {expected}",
            )
            for column, expected in {
                "platform_conversions": "sum(platform_conversions) as total"
                " from marts.fct_ad_spend",
                "crm_leads": f"count(*) as total {REAL_LEADS}",
                "won": f"count(*) as total {REAL_LEADS} and status = 'won'",
            }.items()
        ],
        "fct_attribution_credit": [unattributed_measure((_CONVERSION, _ATTRIBUTION, _COMPARE))],
        # Every model shares out the total of all won deals.
        _ATTRIBUTION: [
            same_total(
                f"{column}_equals_facts",
                _ATTRIBUTION,
                f"sum of {column}",
                f"select attribution_model as part, sum({column}) as total from {{batch}}"
                " group by part",
                f"select attribution_model as part, total from {_MODELS}"
                f" cross join (select {expected}) as facts",
            )
            for column, expected in _WINS.items()
        ],
        _COMPARE: [
            same_in_periods("spend_equals_facts", _COMPARE, "spend", f"select '' as of, {_SPEND}"),
            same_in_periods(
                "revenue_equals_facts",
                _COMPARE,
                "revenue",
                f"select attribution_model as of, total from {_COMPARED}"
                f" cross join (select {_WINS['revenue']}) as facts",
                of="replace(attribution_model, '_revenue', '')",
                rows="(unpivot (select period_grain, columns('_revenue$') from {batch})"
                " on columns('_revenue$') into name attribution_model value revenue)",
            ),
        ],
    }
