{%- set counts = 'orders paid_orders cancelled returned delivered new_customers'.split() -%}
{%- set money = 'revenue covered_revenue advertising fees'.split() -%}

with

order_days as (select * from {{ ref('int_goods__order_days') }}),

visit_days as (select * from {{ ref('int_goods__visit_days') }}),

shop_days as (select * from {{ ref('int_goods__shop_days') }}),

counted as (
    select
        date,
        shop,
        product_id,
        max(quantity - coalesce(reserved, 0)) as available
    from {{ ref('fct_stock_daily') }}
    group by date, shop, product_id
),

stock as (
    select
        date,
        shop,
        count(case when available <= 0 then 1 end) as out_of_stock_products
    from counted
    group by date, shop
),

keys as (
    {%- for relation in ['order_days', 'visit_days', 'shop_days', 'stock'] %}
    select
        date,
        shop
    from {{ relation }}
    {{ 'union' if not loop.last }}
    {%- endfor %}
),

-- The days of a shop add up to the months of mart_product_margin.
joined as (
    select
        keys.*,
        case
            when max(case when visit_days.visits > 0 then 1 end) over (partition by keys.shop) = 1
                then coalesce(visit_days.visits, 0)
        end as visits,
        {%- for column in counts + ['units', 'returned_units'] %}
        coalesce({{ column }}, 0) as {{ column }},
        {%- endfor %}
        {%- for column in money + ['margin'] %}
        case when shop_days.shop is null then 0 else shop_days.{{ column }} end as {{ column }},
        {%- endfor %}
        order_days.delivery_days_median,
        order_days.deliveries_at_risk,
        stock.out_of_stock_products
    from keys
    left join order_days using (date, shop)
    left join visit_days using (date, shop)
    left join shop_days using (date, shop)
    left join stock using (date, shop)
),

final as (
    select
        date,
        shop,
        visits,
        {{ counts | join(',\n        ') }},
        delivery_days_median,
        units,
        returned_units,
        {%- for column in money + ['margin'] %}
        cast({{ column }} as {{ hundredths() }}) as {{ column }},
        {%- endfor %}
        {{ safe_divide('revenue', 'paid_orders') }} as average_check,
        {{ safe_divide('covered_revenue', 'revenue') }} as cost_coverage,
        {{ safe_divide('orders', 'visits') }} as visit_conversion,
        out_of_stock_products,
        deliveries_at_risk,
        {{ as_of_date() }} as as_of_date
    from joined
)

select * from final
