with

credits as (select * from {{ ref('fct_attribution_credit') }}),

paths as (select * from {{ ref('int_attribution__paths') }}),

deals as (select * from {{ ref('fct_deal') }}),

costs as (
    select
        deal_id,
        cost_base
    from {{ ref('int_deals__conformed') }}
),

leads as (select * from {{ ref('fct_lead') }}),

shared as (
    select
        credits.*,
        {{ money_up_to_touch('costs.cost_base') | indent(8) }} as cost_up_to_touch
    from credits
    inner join costs using (deal_id)
),

priced as (
    select
        *,
        {{ money_of_touch('cost_up_to_touch') | indent(8) }} as credited_cost
    from shared
),

final as (
    select
        credits.attribution_model,
        credits.deal_id,
        {{ business_date('deals.won_at') }} as won_date,
        {{ business_date('coalesce(leads.created_at, deals.created_at)') }} as cohort_date,
        credits.channel,
        coalesce(paths.platform, '(none)') as platform,
        coalesce(credits.campaign_id, '(none)') as campaign_id,
        credits.weight as won,
        case when deals.is_new_customer then credits.weight else 0 end as new_customers,
        credits.credited_revenue as revenue,
        cast(credits.credited_revenue - credits.credited_cost as {{ money() }}) as gross_profit
    from priced as credits
    inner join deals using (deal_id)
    left join leads on deals.lead_id = leads.lead_id
    left join paths
        on
            credits.deal_id = paths.deal_id
            and credits.touchpoint_id = paths.touchpoint_id
)

select * from final
