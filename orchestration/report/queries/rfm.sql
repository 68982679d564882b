-- Customers by what they last bought, how often and for how much.
select
    rfm_segment,
    count(*) as customers,
    sum(revenue) as revenue,
    sum(expected_revenue_365) as expected_revenue_365,
    count(*) filter (where churn_risk = 'high') as churning
from marts.mart_customer_360
where rfm_segment is not null
group by rfm_segment
order by customers desc, rfm_segment
