-- Customers with a season of their own that begins within 120 days.
select
    season.customer_id,
    season.calendar_month,
    season.years_count,
    season.uplift,
    season.uplift_low,
    season.uplift_high,
    season.next_start_on,
    season.warn_on,
    season.expected_extra_amount,
    customer.manager_id,
    coalesce(customer.manager_name, customer.manager_id) as manager
from marts.mart_customer_seasonality as season
inner join marts.mart_customer_360 as customer using (customer_id)
where
    season.label = 'own' and season.is_significant and season.uplift > 0
    and season.next_start_on <= season.as_of_date + 120
order by season.warn_on, season.expected_extra_amount desc nulls last, season.customer_id
limit 60
