-- Customers whose next order is expected within seven days or is late, the most expected revenue
-- first: those of `is_order_due`, as in docs/how-to/read-the-marts.md.
select
    customer_id,
    segment,
    city,
    manager_id,
    coalesce(manager_name, manager_id) as manager,
    won_count,
    cast(last_won_at as date) as last_won_on,
    next_order_expected_on,
    next_contact_due_on,
    overdue_ratio,
    p_alive,
    expected_revenue_365,
    preferred_channel,
    churn_risk
from marts.mart_customer_360
where is_order_due
order by expected_revenue_365 desc nulls last, customer_id
limit 150
