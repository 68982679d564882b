with

deals as (
    select * from {{ ref('fct_deal') }}
    where status = 'won' and won_at is not null and not is_test
),

costs as (
    select
        deal_id,
        cost_base
    from {{ ref('int_deals__conformed') }}
),

customers as (select * from {{ ref('dim_customer') }}),

final as (
    select
        deals.customer_id,
        deals.deal_id,
        'unknown' as product_category,
        coalesce(customers.segment, 'unknown') as segment,
        deals.lead_id,
        deals.won_at as purchased_at,
        {{ business_date('deals.won_at') }} as purchased_on,
        cast(null as double) as units,
        deals.amount_base as revenue,
        deals.amount_base - costs.cost_base as gross_profit
    from deals
    inner join costs using (deal_id)
    left join customers using (customer_id)
)

select * from final
