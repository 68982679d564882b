"""Totals of mart_finding: what its findings count is what the marts they point to count."""

from data_quality.checks import Measure
from data_quality.comparisons import same_total

_FINDING = "mart_finding"


def finding_measures() -> dict[str, list[Measure]]:
    return {
        _FINDING: [
            same_total(
                "wins_equal_mart",
                _FINDING,
                "sum of hits of the findings win_rate_falls",
                "select '' as part, coalesce(sum(hits), 0) as total from {batch}"
                " where kind = 'win_rate_falls'",
                "select '' as part, coalesce(sum(kpi.crm_won_count), 0) as total"
                " from marts.mart_department_kpi as kpi"
                " where kpi.period_grain = 'month' and (kpi.scope_type, kpi.scope_id,"
                " kpi.period_start) in (select (subject_type, subject_id, period_start)"
                " from {batch} where kind = 'win_rate_falls')",
            ),
            same_total(
                "spend_equals_mart",
                _FINDING,
                "sum of spend in the findings campaign_without_leads",
                "select '' as part, coalesce(sum(-impact_amount), 0) as total from {batch}"
                " where kind = 'campaign_without_leads'",
                "select '' as part, coalesce(sum(spend.spend), 0) as total"
                " from {batch} as finding inner join marts.mart_channel_conversion as spend"
                " on finding.subject_id = spend.platform || '/' || spend.campaign_id"
                " and spend.date between finding.period_start - interval 2 month"
                " and last_day(finding.period_start)"
                " where finding.kind = 'campaign_without_leads'",
            ),
            same_total(
                "purchases_equal_mart",
                _FINDING,
                "sum of purchases in the findings client_overdue",
                "select '' as part, coalesce(sum(-impact_amount), 0) as total from {batch}"
                " where kind = 'client_overdue'",
                "select '' as part, coalesce(sum(customer.monetary_365), 0) as total"
                " from marts.mart_customer_360 as customer where customer.customer_id in"
                " (select subject_id from {batch} where kind = 'client_overdue')",
            ),
        ]
    }
