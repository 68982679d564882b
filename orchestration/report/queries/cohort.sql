-- How customers of the last fourteen months come back.
select
    cohort_month as period,
    'month' as grain,
    months_since,
    sum(customers) as customers,
    sum(active) as active,
    sum(active) / nullif(sum(customers), 0) as retention,
    sum(revenue) as revenue,
    sum(profit_to_date) as profit_to_date,
    sum(customers) < 30 as is_low_n,
    not bool_and(is_complete) as is_preliminary
from marts.mart_customer_cohort
where cohort_month >= as_of_date - interval 14 month
group by cohort_month, months_since
order by cohort_month, months_since
