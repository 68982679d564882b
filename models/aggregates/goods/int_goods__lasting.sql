with

stock as (select * from {{ ref('int_goods__stock') }}),

counts as (select * from {{ ref('fct_stock_daily') }}),

-- The last count of each month. What one warehouse has sold too much of does not lie in another.
-- All shops that have a warehouse sell what lies there.
held as (
    select
        stock.period_start,
        stock.shop,
        stock.product_id,
        greatest(0, counts.quantity - coalesce(counts.reserved, 0)) as available,
        sum(stock.usual_units) over (
            partition by
                stock.period_start,
                stock.product_id,
                coalesce(counts.warehouse, stock.shop),
                counts.warehouse is null
            order by stock.shop
            rows between unbounded preceding and unbounded following
        ) as usual_units
    from stock
    inner join counts
        on
            stock.shop = counts.shop
            and stock.product_id = counts.product_id
            and stock.counted_on = counts.date
),

summed as (
    select
        period_start,
        shop,
        product_id,
        max(usual_units) as most_units,
        max(case when available > 0 and coalesce(usual_units, 0) <= 0 then 1 else 0 end)
            as unsold_places,
        sum(cast(coalesce(available / nullif(usual_units, 0), 0) as decimal(38, 9)))
            as days_of_stock
    from held
    group by period_start, shop, product_id
),

-- What lies where nobody sells it lasts for ever.
final as (
    select
        period_start,
        shop,
        product_id,
        case when most_units > 0 and unsold_places = 0 then days_of_stock end as days_of_stock
    from summed
)

select * from final
