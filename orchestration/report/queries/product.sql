-- What each product earns in each shop, the last three months.
select
    period_start as month,
    coalesce(product_name, product_id) as product,
    product_id,
    shop,
    coalesce(product_name, product_id) || ' · ' || shop as name,
    units,
    revenue,
    margin,
    margin_rate,
    advertising,
    returned_units,
    stock_end,
    days_of_stock,
    stock_status,
    stock_color,
    out_of_stock_days,
    lost_sales_estimate,
    is_cost_known,
    is_low_n
from marts.mart_product_margin
where period_start >= as_of_date - interval 3 month
order by month, revenue desc nulls last, product_name, shop
limit 600
