with

windows as (select * from {{ ref('int_findings__windows') }}),

products as (select * from {{ ref('mart_product_margin') }}),

missed as (
    select
        windows.period_start,
        products.shop || '/' || products.product_id as detail,
        products.shop,
        products.product_id,
        max(products.period_start) as last_month,
        sum(products.out_of_stock_days) as out_of_stock_days,
        sum(products.stock_days) as stock_days,
        cast(sum(products.lost_units_estimate) as double) as lost_units,
        sum(products.lost_sales_estimate) as lost_sales
    from products
    inner join windows
        on products.period_start between windows.window_from and windows.window_to
    group by windows.period_start, products.shop, products.product_id
    having sum(products.lost_units_estimate) > 0
),

final as (
    select
        'product_out_of_stock' as kind,
        period_start,
        'product' as subject_type,
        cast(null as string) as manager_id,
        cast(null as string) as pipeline_id,
        cast(null as string) as stage_id,
        detail,
        cast(round(lost_units) as bigint) as trials,
        cast(0 as bigint) as hits,
        {{ safe_divide('out_of_stock_days', 'stock_days') }} as value,
        cast(0 as double) as expected,
        -- That nobody would have bought it, by a Poisson law.
        exp(-lost_units) as p_value,
        -cast(lost_sales as double) as impact_amount,
        {{ evidence_key({
            'shop': 'shop',
            'product_id': 'product_id',
            'period_start': 'last_month',
        }) | indent(8) }} as evidence_key
    from missed
)

select * from final
