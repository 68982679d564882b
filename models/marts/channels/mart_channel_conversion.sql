with

sums as (select * from {{ ref('int_channels__daily_sums') }}),

campaigns as (
    select distinct
        platform,
        campaign_id,
        campaign_name
    from {{ ref('dim_campaign') }}
),

-- Without any ads the cost of a lead is unknown, not 0.
costed as (
    select
        *,
        case
            when max(
                case when spend is null or spend <> 0 or impressions + clicks > 0 then 1 else 0 end
            ) over () = 1 then spend
        end as cost
    from sums
),

final as (
    select
        sums.date,
        sums.channel,
        sums.platform,
        sums.campaign_id,
        campaigns.campaign_name,
        '{{ var("attribution_model") }}' as attribution_model,
        sums.impressions,
        sums.clicks,
        sums.spend,
        sums.leads,
        sums.qualified_leads,
        sums.mature_leads,
        sums.won,
        sums.new_customers,
        sums.won_amount,
        sums.revenue,
        sums.gross_profit,
        sums.cohort_won,
        sums.cohort_new_customers,
        sums.cohort_revenue,
        sums.cohort_gross_profit,
        sums.assisted_conversions,
        {{ safe_divide('sums.clicks', 'sums.impressions') }} as ctr,
        {{ safe_divide('sums.spend', 'sums.clicks') }} as cpc,
        1000 * {{ safe_divide('sums.spend', 'sums.impressions') }} as cpm,
        {{ safe_divide('sums.cost', 'sums.leads') }} as cpl,
        {{ safe_divide('sums.cost', 'sums.qualified_leads') }} as cpql,
        {{ safe_divide('sums.cost', 'sums.won') }} as cpo,
        {{ safe_divide('sums.cost', 'sums.new_customers') }} as cac_ads,
        {{ safe_divide('sums.revenue', 'sums.spend') }} as roas,
        case when sums.revenue > 0 then 100 * {{ safe_divide('sums.cost', 'sums.revenue') }} end
            as drr,
        {{ safe_divide('sums.revenue - sums.spend', 'sums.spend') }} as romi_revenue,
        {{ safe_divide('sums.gross_profit - sums.spend', 'sums.spend') }} as romi_margin,
        {{ safe_divide('sums.cohort_won', 'sums.leads') }} as cohort_conversion,
        {{ safe_divide('sums.cohort_revenue', 'sums.spend') }} as cohort_roas,
        {{ safe_divide('sums.cohort_revenue - sums.spend', 'sums.spend') }}
            as cohort_romi_revenue,
        coalesce(sums.spend > 0 and sums.leads = 0, false) as spend_no_leads,
        {{ safe_divide('sums.mature_leads', 'sums.leads') }} as maturity_share,
        {{ is_final_day('sums.date') }} as is_final,
        {{ as_of_date() }} as as_of_date
    from costed as sums
    left join campaigns using (platform, campaign_id)
)

select * from final
