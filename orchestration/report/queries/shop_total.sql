-- All shops together, and the windows that a period is compared with.
with sums as (
    select
        grain,
        period,
        not any_value(is_over) as is_preliminary,
        sum(orders) filter (where date >= period) as orders,
        sum(orders) filter (where date between previous_first and previous_last) as orders_previous,
        sum(orders) filter (where date between year_first and year_last) as orders_year_ago,
        sum(revenue) filter (where date >= period) as revenue,
        sum(revenue) filter (where date between previous_first and previous_last) as revenue_previous,
        sum(revenue) filter (where date between year_first and year_last) as revenue_year_ago,
        count(*) filter (where date >= period and covered_revenue < revenue) as unknown_days,
        sum(covered_revenue) filter (where date >= period) as known_revenue,
        sum(margin) filter (where date >= period) as margin,
        sum(margin) filter (where date between previous_first and previous_last) as margin_previous,
        sum(margin) filter (where date between year_first and year_last) as margin_year_ago,
        sum(advertising) filter (where date >= period) as advertising,
        sum(advertising) filter (where date between previous_first and previous_last) as advertising_previous,
        sum(advertising) filter (where date between year_first and year_last) as advertising_year_ago,
        sum(returned) filter (where date >= period) as returned,
        sum(returned) filter (where date between previous_first and previous_last) as returned_previous,
        sum(returned) filter (where date between year_first and year_last) as returned_year_ago
    from marts.mart_shop_daily inner join periods on date between year_first and last_on
    group by grain, period
)

select *, margin / nullif(known_revenue, 0) as margin_rate from sums
where orders is not null
order by grain, period
