-- Why the platforms and the CRM differ, by cause: what has to be added to the leads of the CRM that
-- have a campaign. Leads without one stand apart.
with sums as (
    select
        period_start as month,
        channel,
        sum(platform_conversions) as platform_conversions,
        sum(crm_leads) as crm_leads,
        sum(test_leads) as test_leads,
        sum(spam_leads) as spam_leads,
        sum(merged_leads) as merged_leads,
        sum(no_mark_leads) as no_mark_leads,
        sum(out_of_window_leads) as out_of_window_leads,
        sum(unexplained) as unexplained,
        sum(won) as won,
        sum(paid) as paid,
        sum(crm_revenue) as crm_revenue,
        sum(paid_revenue) as paid_revenue
    from marts.mart_channel_reconciliation
    inner join recent on recent.grain = 'month' and period_start = recent.period
    where platform_conversions is not null
    group by all
),

others as (
    select
        period_start as month,
        channel,
        sum(crm_leads) as leads_without_campaign
    from marts.mart_channel_reconciliation
    where platform_conversions is null
    group by all
)

select sums.*, coalesce(leads_without_campaign, 0) as leads_without_campaign
from sums left join others using (month, channel)
order by month, platform_conversions desc, channel
