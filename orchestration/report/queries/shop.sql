-- What happened in each shop.
select
    grain,
    period,
    shop,
    sum(visits) as visits,
    sum(orders) as orders,
    sum(paid_orders) as paid_orders,
    sum(cancelled) as cancelled,
    sum(returned) as returned,
    sum(units) as units,
    sum(revenue) as revenue,
    sum(revenue) / nullif(sum(paid_orders), 0) as average_check,
    sum(advertising) as advertising,
    sum(fees) as fees,
    sum(margin) as margin,
    sum(margin) / nullif(sum(covered_revenue), 0) as margin_rate,
    count(*) filter (where covered_revenue < revenue) as unknown_days,
    sum(orders) / nullif(sum(visits), 0) as visit_conversion,
    not any_value(is_over) as is_preliminary,
    sum(orders) < 30 as is_low_n
from marts.mart_shop_daily inner join recent on date between period and last_on
group by grain, period, shop
order by grain, period, revenue desc nulls last, shop
