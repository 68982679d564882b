{%- set part = ('shares.weight', 'shares.running_weight', 'shares.total') -%}

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

orders as (select * from {{ ref('fct_order') }}),

lines as (select * from {{ ref('fct_order_line') }}),

products as (select * from {{ ref('dim_product') }}),

-- What the client has kept of the orders of a deal.
kept as (
    select
        orders.deal_id,
        coalesce(products.category, 'unknown') as product_category,
        sum(cast(lines.quantity - lines.returned_quantity as double)) as units,
        sum(lines.revenue_base - lines.returned_amount_base) as weight
    from lines
    inner join orders using (source, order_id)
    left join products using (product_id)
    group by all
),

shares as (
    select
        *,
        sum(weight) over (
            partition by deal_id order by product_category rows unbounded preceding
        ) as running_weight,
        sum(weight) over (partition by deal_id) as total
    from kept
    where weight > 0
),

final as (
    select
        deals.customer_id,
        deals.deal_id,
        coalesce(shares.product_category, 'unknown') as product_category,
        coalesce(customers.segment, 'unknown') as segment,
        deals.lead_id,
        deals.won_at as purchased_at,
        {{ business_date('deals.won_at') }} as purchased_on,
        shares.units,
        case
            when shares.deal_id is null then deals.amount_base
            else {{ part_of('deals.amount_base', *part) | indent(12) }}
        end as revenue,
        case
            when shares.deal_id is null then deals.amount_base - costs.cost_base
            else {{ part_of('(deals.amount_base - costs.cost_base)', *part) | indent(12) }}
        end as gross_profit
    from deals
    inner join costs using (deal_id)
    left join customers using (customer_id)
    left join shares using (deal_id)
)

select * from final
