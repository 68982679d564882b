-- Costs and results of each channel; rates are those of the sums.
with sums as (
    select
        grain,
        period,
        channel,
        sum(impressions) as impressions,
        sum(clicks) as clicks,
        sum(spend) as spend,
        sum(leads) as leads,
        sum(qualified_leads) as qualified,
        sum(won) as won,
        sum(new_customers) as new_customers,
        sum(revenue) as revenue,
        sum(covered_revenue) as covered_revenue,
        sum(estimated_profit) as estimated_profit,
        bool_and(is_final) as is_final
    from marts.mart_channel_conversion inner join periods on date between period and last_on
    where grain = 'month' or period >= (select min(period) from recent where recent.grain = periods.grain)
    group by all
)

select
    grain,
    period,
    channel,
    if(delivered.ads, impressions, null) as impressions,
    if(delivered.ads, clicks, null) as clicks,
    if(delivered.ads, spend, null) as spend,
    if(delivered.leads, sums.leads, null) as leads,
    if(delivered.leads, qualified, null) as qualified,
    if(delivered.deals, won, null) as won,
    if(delivered.deals, new_customers, null) as new_customers,
    revenue,
    nullif(spend, 0) / nullif(sums.leads, 0) as cpl,
    nullif(spend, 0) / nullif(new_customers, 0) as cac,
    100 * nullif(spend, 0) / nullif(greatest(revenue, 0), 0) as drr,
    (revenue - spend) / nullif(spend, 0) as romi_revenue,
    (estimated_profit - spend) / nullif(spend, 0) as romi_margin,
    covered_revenue / nullif(revenue, 0) as cost_coverage,
    coalesce(sums.leads, 0) < 30 as is_low_n,
    not is_final as is_preliminary
from sums cross join delivered
where coalesce(spend, 0) <> 0 or sums.leads <> 0 or won <> 0 or revenue <> 0
order by grain, period, revenue desc nulls last, channel
