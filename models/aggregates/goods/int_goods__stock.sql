with

sales as (select * from {{ ref('int_goods__sales') }}),

-- What one warehouse has sold too much of does not lie in another.
counted as (
    select
        date,
        shop,
        product_id,
        sum(greatest(0, quantity)) as quantity,
        sum(greatest(0, quantity - coalesce(reserved, 0))) as available,
        sum(in_transit) as in_transit,
        {{ dbt.listagg('warehouse', "', '", 'order by warehouse') }} as warehouses
    from {{ ref('fct_stock_daily') }}
    group by date, shop, product_id
),

sold as (
    select
        counted.*,
        coalesce(sales.units, 0) as units,
        coalesce(sales.revenue, 0) as revenue,
        max(case when counted.available > 0 then counted.date end) over (
            partition by counted.shop, counted.product_id
            order by counted.date
            rows unbounded preceding
        ) as stocked_on
    from counted
    left join sales using (date, shop, product_id)
),

-- What sells on a day on which there is something to sell, by the last 28 of them.
usual as (
    select
        date,
        shop,
        product_id,
        cast(sum(units) over last_days as double) / count(*) over last_days as usual_units,
        {{ as_decimal(
            'cast(sum(revenue) over last_days as double) / count(*) over last_days', money()
        ) }} as usual_revenue
    from sold
    where available > 0
    window last_days as (
        partition by shop, product_id order by date rows between 27 preceding and current row
    )
),

days as (
    select
        {{ period_start('month', 'sold.date') }} as period_start,
        sold.date,
        sold.shop,
        sold.product_id,
        sold.quantity,
        sold.available,
        sold.in_transit,
        sold.warehouses,
        sold.available <= 0 as is_out_of_stock,
        usual.usual_units,
        usual.usual_revenue,
        row_number() over (
            partition by sold.shop, sold.product_id, {{ period_start('month', 'sold.date') }}
            order by sold.date desc
        ) as day_no
    from sold
    left join usual
        on
            sold.stocked_on = usual.date
            and sold.shop = usual.shop
            and sold.product_id = usual.product_id
),

summed as (
    select
        period_start,
        shop,
        product_id,
        count(*) as stock_days,
        max(days.date) as counted_on,
        sum(case when is_out_of_stock then 1 else 0 end) as out_of_stock_days,
        max(case when day_no = 1 then available end) as stock_end,
        max(case when day_no = 1 then in_transit end) as in_transit_end,
        max(case when day_no = 1 then warehouses end) as warehouses,
        {{ safe_divide('sum(quantity)', 'count(*)') }} as mean_stock,
        max(case when day_no = 1 then usual_units end) as usual_units,
        case
            when sum(case when is_out_of_stock then 1 else 0 end) = 0 then 0
            else sum(case when is_out_of_stock then usual_revenue end)
        end as lost_sales,
        case
            when sum(case when is_out_of_stock then 1 else 0 end) = 0 then 0
            else sum(case when is_out_of_stock then cast(usual_units as {{ money() }}) end)
        end as lost_units
    from days
    group by period_start, shop, product_id
)

select * from summed
