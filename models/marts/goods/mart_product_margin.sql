{%- set money_columns = ['revenue', 'list_discount', 'cost'] + fee_columns() | list -%}
{%- set stock_columns = [
    'stock_days', 'mean_stock', 'stock_end', 'usual_units', 'out_of_stock_days', 'lost_units',
    'lost_sales',
] -%}

with

fees as (select * from {{ ref('int_goods__fees') }}),

stock as (select * from {{ ref('int_goods__stock') }}),

sales as (
    select
        {{ period_start('month', 'date') }} as period_start,
        shop,
        product_id,
        sum(units) as units,
        sum(returned_units) as returned_units,
        sum(revenue) as revenue,
        sum(list_discount) as list_discount,
        case when min(case when is_cost_known then 1 else 0 end) = 1 then sum(cost) end as cost
    from {{ ref('int_goods__sales') }}
    group by all
),

keys as (
    {%- for relation in ['sales', 'fees', 'stock'] %}
    select
        period_start,
        shop,
        product_id
    from {{ relation }}
    {{ 'union' if not loop.last }}
    {%- endfor %}
),

joined as (
    select
        keys.period_start,
        keys.shop,
        keys.product_id,
        {%- for column in ['units', 'returned_units', 'revenue', 'list_discount', 'cost'] %}
        case when sales.product_id is null then 0 else sales.{{ column }} end as {{ column }},
        {%- endfor %}
        {%- for column in fee_columns() %}
        coalesce(fees.{{ column }}, 0) as {{ column }},
        {%- endfor %}
        stock.{{ stock_columns | join(',\n        stock.') }}
    from keys
    left join sales using (period_start, shop, product_id)
    left join fees using (period_start, shop, product_id)
    left join stock using (period_start, shop, product_id)
),

-- The months of a shop add up to the days of mart_shop_daily.
rounded as (
    select
        period_start,
        shop,
        product_id,
        units,
        returned_units,
        {%- for column in money_columns %}
        {{ in_hundredths(column, 'period_start, product_id', 'shop') | indent(8) }} as {{ column }},
        {%- endfor %}
        {{ stock_columns | join(',\n        ') }}
    from joined
),

earned as (
    select
        *,
        revenue - cost - {{ fee_columns() | join(' - ') }} as margin,
        {{ safe_divide('greatest(0, stock_end)', 'usual_units') }} as days_of_stock
    from rounded
),

judged as (
    select
        *,
        case
            when stock_days is null then 'unknown'
            when stock_end <= 0 then 'out_of_stock'
            when coalesce(usual_units, 0) <= 0 then 'no_sales'
            when days_of_stock < {{ var('low_stock_days') }} then 'low'
            else 'ok'
        end as stock_status
    from earned
),

final as (
    select
        period_start,
        shop,
        product_id,
        units,
        returned_units,
        {{ money_columns | join(',\n        ') }},
        cast(margin as {{ hundredths() }}) as margin,
        {{ safe_divide('margin', 'revenue') }} as margin_rate,
        cost is not null as is_cost_known,
        stock_end,
        days_of_stock,
        stock_status,
        case stock_status
            when 'ok' then 'green' when 'out_of_stock' then 'red' when 'unknown' then 'none'
            else 'yellow'
        end as stock_color,
        {{ safe_divide('units - returned_units', 'greatest(0, mean_stock)') }} as turnover,
        cast(stock_days as bigint) as stock_days,
        cast(out_of_stock_days as bigint) as out_of_stock_days,
        {{ safe_divide('out_of_stock_days', 'stock_days') }} as out_of_stock_share,
        cast(lost_units as decimal(38, 6)) as lost_units_estimate,
        cast(lost_sales as {{ hundredths() }}) as lost_sales_estimate,
        units < {{ var('low_n') }} as is_low_n,
        {{ as_of_date() }} as as_of_date
    from judged
),

{{ named('final', ['product']) }}

select * from named
