with

sums as (select * from {{ ref('int_channels__daily_sums') }}),

-- What no source tells is unknown, not 0: the cost of a lead without any ads, the qualified leads
-- of a company that qualifies none, the profit of one that knows the cost of no win.
told as (
    select
        *,
        case
            when max(
                case when spend is null or spend <> 0 or impressions + clicks > 0 then 1 else 0 end
            ) over () = 1 then spend
        end as cost,
        case when max(qualified_leads) over () > 0 then qualified_leads end as qualified,
        case
            when
                max(won) over () = 0
                or max(case when won > 0 then gross_profit end) over () is not null
                then gross_profit
        end as known_gross_profit,
        case
            when
                max(won) over () = 0
                or max(case when won > 0 then gross_profit end) over () is not null
                then estimated_profit
        end as known_estimated_profit,
        case
            when
                max(cohort_won) over () = 0
                or max(case when cohort_won > 0 then cohort_gross_profit end) over () is not null
                then cohort_gross_profit
        end as known_cohort_gross_profit
    from sums
),

final as (
    select
        date,
        channel,
        platform,
        campaign_id,
        '{{ var("attribution_model") }}' as attribution_model,
        impressions,
        clicks,
        spend,
        leads,
        qualified as qualified_leads,
        mature_leads,
        won,
        new_customers,
        won_amount,
        revenue,
        known_gross_profit as gross_profit,
        covered_revenue,
        case when revenue > 0 then {{ safe_divide('covered_revenue', 'revenue') }} end
            as cost_coverage,
        known_estimated_profit as estimated_profit,
        cohort_won,
        cohort_new_customers,
        cohort_revenue,
        known_cohort_gross_profit as cohort_gross_profit,
        assisted_conversions,
        {{ safe_divide('clicks', 'impressions') }} as ctr,
        {{ safe_divide('spend', 'clicks') }} as cpc,
        1000 * {{ safe_divide('spend', 'impressions') }} as cpm,
        {{ safe_divide('cost', 'leads') }} as cpl,
        {{ safe_divide('cost', 'qualified') }} as cpql,
        {{ safe_divide('cost', 'won') }} as cpo,
        {{ safe_divide('cost', 'new_customers') }} as cac_ads,
        {{ safe_divide('revenue', 'spend') }} as roas,
        case when revenue > 0 then {{ safe_divide('cost', 'revenue') }} end as ad_cost_share,
        {{ safe_divide('revenue - spend', 'spend') }} as romi_revenue,
        {{ safe_divide('known_estimated_profit - spend', 'spend') }} as romi_margin,
        {{ safe_divide('cohort_won', 'leads') }} as cohort_conversion,
        {{ safe_divide('cohort_revenue', 'spend') }} as cohort_roas,
        {{ safe_divide('cohort_revenue - spend', 'spend') }} as cohort_romi_revenue,
        coalesce(spend > 0 and leads = 0, false) as spend_no_leads,
        {{ safe_divide('mature_leads', 'leads') }} as maturity_share,
        {{ is_final_day('date') }} as is_final,
        {{ as_of_date() }} as as_of_date
    from told
),

{{ named('final', ['campaign']) }}

select * from named
