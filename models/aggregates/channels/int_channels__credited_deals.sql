{%- set of_refund = 'attribution_model, deal_id, payment_id' -%}
with

credits as (select * from {{ ref('fct_attribution_credit') }}),

paths as (select * from {{ ref('int_attribution__paths') }}),

deals as (select * from {{ ref('int_deals__conformed') }}),

leads as (select * from {{ ref('fct_lead') }}),

customers as (select * from {{ ref('dim_customer') }}),

margins as (select * from {{ ref('int_customers__margins') }}),

refunds as (
    select
        payment_id,
        deal_id,
        {{ business_date('paid_at') }} as refund_date,
        abs(amount_base) as amount
    from {{ ref('fct_payment') }}
    where is_refund
),

shared as (
    select
        credits.*,
        deals.lead_id,
        deals.created_at,
        deals.won_at,
        deals.is_new_customer,
        margins.margin_rate,
        {{ money_up_to_touch('deals.cost_base') | indent(8) }} as cost_up_to_touch
    from credits
    inner join deals using (deal_id)
    left join customers on deals.customer_id = customers.customer_id
    left join margins on coalesce(customers.segment, 'unknown') = margins.segment
),

priced as (
    select
        *,
        credited_revenue - ({{ money_of_touch('cost_up_to_touch') | indent(8) }}) as profit
    from shared
),

described as (
    select
        credits.*,
        {{ business_date('credits.won_at') }} as won_date,
        {{ business_date('coalesce(leads.created_at, credits.created_at)') }} as cohort_date,
        coalesce(paths.platform, '(none)') as platform,
        case when credits.is_new_customer then credits.weight else 0 end as new_customers
    from priced as credits
    left join leads on credits.lead_id = leads.lead_id
    left join paths
        on
            credits.deal_id = paths.deal_id
            and credits.touchpoint_id = paths.touchpoint_id
),

-- A refund is taken from the channels of its deal, by the same weights, on its own day.
given_back as (
    select
        described.*,
        refunds.payment_id,
        refunds.refund_date,
        {{ money_up_to_touch('refunds.amount', of_refund) | indent(8) }} as refund_up_to_touch
    from described
    inner join refunds using (deal_id)
),

refunded as (
    select
        *,
        {{ money_of_touch('refund_up_to_touch', of_refund) | indent(8) }} as refund
    from given_back
),

final as (
    select
        attribution_model,
        deal_id,
        touchpoint_id,
        cast(null as {{ dbt.type_string() }}) as payment_id,
        won_date as date,
        cohort_date,
        channel,
        platform,
        coalesce(campaign_id, '(none)') as campaign_id,
        weight as won,
        new_customers,
        cast(credited_revenue as {{ money() }}) as won_amount,
        cast(credited_revenue as {{ money() }}) as revenue,
        cast(profit as {{ money() }}) as gross_profit,
        cast(case when profit is null then 0 else credited_revenue end as {{ money() }})
            as covered_revenue,
        coalesce(cast(profit as {{ money() }}), {{ as_decimal(
            'credited_revenue * margin_rate', money()
        ) }}) as estimated_profit
    from described
    union all
    select
        attribution_model,
        deal_id,
        touchpoint_id,
        payment_id,
        refund_date as date,
        cohort_date,
        channel,
        platform,
        coalesce(campaign_id, '(none)') as campaign_id,
        0 as won,
        0 as new_customers,
        0 as won_amount,
        cast(-refund as {{ money() }}) as revenue,
        cast(case when profit is not null then -refund end as {{ money() }}) as gross_profit,
        cast(case when profit is null then 0 else -refund end as {{ money() }}) as covered_revenue,
        cast(case when coalesce(profit, margin_rate) is not null then -refund end as {{ money() }})
            as estimated_profit
    from refunded
)

select * from final
