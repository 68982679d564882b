with

windows as (select * from {{ ref('int_findings__windows') }}),

products as (select * from {{ ref('mart_product_margin') }}),

shops as (select * from {{ ref('mart_shop_daily') }}),

-- What is left of each product by month of two years, and of each shop by week of three months.
earned as (
    select
        'product_at_a_loss' as kind,
        windows.period_start,
        products.shop || '/' || products.product_id as detail,
        products.shop,
        products.product_id,
        products.units,
        products.covered_revenue as revenue,
        products.margin,
        products.advertising
    from products
    inner join windows
        on products.period_start between windows.earned_from and windows.window_to
    where products.units <> 0 or products.margin <> 0

    union all

    select
        'advertising_eats_margin' as kind,
        windows.period_start,
        shops.shop as detail,
        shops.shop,
        cast(null as string) as product_id,
        sum(shops.units) as units,
        sum(shops.covered_revenue) as revenue,
        sum(shops.margin) as margin,
        sum(shops.advertising) as advertising
    from shops
    inner join windows
        on shops.date between windows.window_from and windows.window_to
    where shops.margin is not null
    group by windows.period_start, shops.shop, {{ period_start('week', 'shops.date') }}
),

summed as (
    select
        kind,
        period_start,
        detail,
        shop,
        product_id,
        cast(count(*) as double) as trials,
        sum(revenue) as revenue,
        sum(margin) as margin,
        sum(advertising) as advertising,
        avg(cast(margin as double)) as mean_margin,
        stddev_samp(cast(margin as double)) as spread
    from earned
    where margin is not null
    group by kind, period_start, detail, shop, product_id
    having count(*) >= 6 and sum(units) >= {{ var('low_n') }} and sum(revenue) > 0
),

-- The last digits of a spread change with the order of the rows.
scored as (
    select
        *,
        {{ student_as_normal(
            'round(mean_margin * sqrt(trials) / nullif(spread, 0), 6)', '(trials - 1)'
        ) | indent(8) }} as z
    from summed
    -- Without advertising something has to be left that it can eat.
    where kind = 'product_at_a_loss' or margin + advertising > 0
),

final as (
    select
        kind,
        period_start,
        case kind when 'product_at_a_loss' then 'product' else 'shop' end as subject_type,
        cast(null as string) as manager_id,
        cast(null as string) as pipeline_id,
        cast(null as string) as stage_id,
        detail,
        cast(null as bigint) as trials,
        cast(null as bigint) as hits,
        {{ safe_divide('margin', 'revenue') }} as value,
        case
            when kind = 'product_at_a_loss' then 0
            else {{ safe_divide('(margin + advertising)', 'revenue') }}
        end as expected,
        {{ normal_below('z') }} as p_value,
        cast(margin as double) as impact_amount,
        {{ evidence_key({
            'shop': 'shop',
            'product_id': 'product_id',
        }) | indent(8) }} as evidence_key
    from scored
    where z is not null
)

select * from final
