with

credits as (
    select * from {{ ref('fct_attribution_credit') }}
    where attribution_model = '{{ var("attribution_model") }}'
),

paths as (select * from {{ ref('int_attribution__paths') }}),

deals as (select * from {{ ref('fct_deal') }}),

costs as (
    select
        deal_id,
        cost_base
    from {{ ref('int_deals__conformed') }}
),

leads as (select * from {{ ref('fct_lead') }}),

final as (
    select
        credits.deal_id,
        {{ business_date('deals.won_at') }} as won_date,
        {{ business_date('coalesce(leads.created_at, deals.created_at)') }} as cohort_date,
        credits.channel,
        coalesce(paths.platform, '(none)') as platform,
        coalesce(credits.campaign_id, '(none)') as campaign_id,
        credits.weight as won,
        case when deals.is_new_customer then credits.weight else 0 end as new_customers,
        credits.credited_revenue as revenue,
        credits.credited_revenue
        - cast(credits.weight * costs.cost_base as decimal(18, 2)) as gross_profit
    from credits
    inner join deals using (deal_id)
    inner join costs using (deal_id)
    left join leads on deals.lead_id = leads.lead_id
    left join paths
        on
            credits.deal_id = paths.deal_id
            and credits.touchpoint_id = paths.touchpoint_id
)

select * from final
