-- Customers whose next order is expected within seven days or is late, the most expected revenue
-- first: those of `is_order_due`, as in docs/how-to/read-the-marts.md.
select
    customer.customer_id,
    customer.segment,
    customer.city,
    customer.manager_id,
    coalesce(manager.name, customer.manager_id) as manager,
    customer.won_count,
    cast(customer.last_won_at as date) as last_won_on,
    customer.next_order_expected_on,
    customer.next_contact_due_on,
    customer.overdue_ratio,
    customer.p_alive,
    customer.expected_revenue_365,
    customer.preferred_channel,
    customer.churn_risk
from marts.mart_customer_360 as customer
left join marts.dim_manager as manager using (manager_id)
where customer.is_order_due
order by customer.expected_revenue_365 desc nulls last, customer.customer_id
limit 150
