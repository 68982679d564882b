{%- set sale_columns = ['revenue', 'list_discount', 'covered_revenue', 'cost'] -%}
{%- set stock_columns = [
    'stock_days', 'mean_stock', 'stock_end', 'in_transit_end', 'warehouses', 'usual_units',
    'out_of_stock_days', 'lost_units', 'lost_sales',
] -%}

with

fees as (
    select
        {%- for column in fee_columns() %}
        sum({{ column }}) as {{ column }},
        {%- endfor %}
        shop,
        product_id,
        {{ period_start('month', 'date') }} as period_start
    from {{ ref('int_goods__fees') }}
    group by all
),

known_costs as (select * from {{ ref('int_goods__known_costs') }}),

stock as (select * from {{ ref('int_goods__stock') }}),

lasting as (select * from {{ ref('int_goods__lasting') }}),

sales as (
    select
        {{ period_start('month', 'date') }} as period_start,
        shop,
        product_id,
        sum(units) as units,
        sum(returned_units) as returned_units,
        sum(revenue) as revenue,
        sum(list_discount) as list_discount,
        sum(covered_revenue) as covered_revenue,
        case when max(case when is_covered_month then 1 else 0 end) = 1 then sum(cost) end as cost,
        min(case when is_cost_known then 1 else 0 end) = 1 as is_cost_known,
        max(case when is_covered_month then 1 else 0 end) = 1 as is_covered
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
        coalesce(sales.is_cost_known, known_costs.product_id is not null) as is_cost_known,
        coalesce(sales.is_covered, known_costs.product_id is not null) as is_covered,
        {%- for column in ['units', 'returned_units'] + sale_columns if column != 'cost' %}
        case when sales.product_id is null then 0 else sales.{{ column }} end as {{ column }},
        {%- endfor %}
        case
            when sales.product_id is not null then sales.cost
            when known_costs.product_id is not null then 0
        end as cost,
        {%- for column in fee_columns() %}
        coalesce(fees.{{ column }}, 0) as {{ column }},
        {%- endfor %}
        stock.{{ stock_columns | join(',\n        stock.') }},
        lasting.days_of_stock
    from keys
    left join sales using (period_start, shop, product_id)
    left join fees using (period_start, shop, product_id)
    left join stock using (period_start, shop, product_id)
    left join lasting using (period_start, shop, product_id)
    left join known_costs
        on
            keys.product_id = known_costs.product_id
            and keys.period_start >= known_costs.known_from
),

-- The months of a shop add up to the days of mart_shop_daily.
rounded as (
    select
        period_start,
        shop,
        product_id,
        units,
        returned_units,
        {%- for column in ['revenue', 'list_discount', 'cost'] + fee_columns() | list %}
        {{ in_hundredths(column, 'period_start, product_id', 'shop') | indent(8) }} as {{ column }},
        {%- endfor %}
        {{ in_hundredths(
            '(coalesce(revenue, 0) - covered_revenue)', 'period_start, product_id', 'shop'
        ) | indent(8) }} as uncovered_revenue,
        is_cost_known,
        is_covered,
        {{ stock_columns | join(',\n        ') }},
        days_of_stock
    from joined
),

covered as (
    select
        *,
        cast(
            case when is_covered then coalesce(revenue - uncovered_revenue, 0) else 0 end
            as {{ hundredths() }}
        ) as covered_revenue
    from rounded
),

earned as (
    select
        *,
        case when is_covered then covered_revenue - cost - {{ fee_columns() | join(' - ') }} end
            as margin
    from covered
),

judged as (
    select
        *,
        case
            when stock_days is null then 'unknown'
            when stock_end <= 0 then 'out_of_stock'
            when days_of_stock is null then 'no_sales'
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
        {{ (sale_columns + fee_columns() | list) | join(',\n        ') }},
        cast(margin as {{ hundredths() }}) as margin,
        {{ safe_divide('margin', 'covered_revenue') }} as margin_rate,
        {{ safe_divide('covered_revenue', 'revenue') }} as cost_coverage,
        is_cost_known,
        warehouses,
        stock_end,
        cast(in_transit_end as decimal(38, 6)) as in_transit_end,
        cast(usual_units as double) as usual_daily_units,
        cast(days_of_stock as double) as days_of_stock,
        stock_status,
        case stock_status
            when 'ok' then 'green' when 'out_of_stock' then 'red' when 'unknown' then 'none'
            else 'yellow'
        end as stock_color,
        {{ safe_divide('units - returned_units', 'mean_stock') }} as turnover,
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
