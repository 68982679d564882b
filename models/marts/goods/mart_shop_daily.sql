{%- set counts = 'orders paid_orders cancelled returned delivered new_customers'.split() -%}
{%- set fees = fee_columns() | list -%}

with

order_days as (select * from {{ ref('int_goods__order_days') }}),

visit_days as (select * from {{ ref('int_goods__visit_days') }}),

sales as (
    select
        date,
        shop,
        sum(units) as units,
        sum(returned_units) as returned_units,
        sum(revenue) as revenue,
        case when min(case when is_cost_known then 1 else 0 end) = 1 then sum(cost) end as cost
    from {{ ref('int_goods__sales') }}
    group by date, shop
),

fee_days as (
    select
        date,
        shop,
        {{- fee_sums(fee_columns(), 'amount_base') | indent(4) }}
    from {{ ref('fct_fee') }}
    where not is_test
    group by date, shop
),

counted as (
    select
        date,
        shop,
        product_id,
        sum(quantity - coalesce(reserved, 0)) as available
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
    {%- for relation in ['order_days', 'visit_days', 'sales', 'fee_days', 'stock'] %}
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
        {%- for column in ['revenue', 'cost'] %}
        {%- set amount = 'case when sales.shop is null then 0 else sales.' ~ column ~ ' end' %}
        {{ in_hundredths(amount, 'keys.date', 'keys.shop') | indent(8) }} as {{ column }},
        {%- endfor %}
        {%- for column in fees %}
        {%- set amount = 'coalesce(fee_days.' ~ column ~ ', 0)' %}
        {{ in_hundredths(amount, 'keys.date', 'keys.shop') | indent(8) }} as {{ column }},
        {%- endfor %}
        order_days.delivery_days_median,
        order_days.deliveries_at_risk,
        stock.out_of_stock_products
    from keys
    left join order_days using (date, shop)
    left join visit_days using (date, shop)
    left join sales using (date, shop)
    left join fee_days using (date, shop)
    left join stock using (date, shop)
),

valued as (
    select
        *,
        {{ fees | join(' + ') }} as fees
    from joined
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
        revenue,
        {{ safe_divide('revenue', 'paid_orders') }} as average_check,
        advertising,
        cast(fees as {{ hundredths() }}) as fees,
        cast(revenue - cost - fees as {{ hundredths() }}) as margin,
        {{ safe_divide('orders', 'visits') }} as visit_conversion,
        out_of_stock_products,
        deliveries_at_risk,
        {{ as_of_date() }} as as_of_date
    from valued
)

select * from final
