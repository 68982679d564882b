-- Products that run out: the last month, the least days of stock first.
select
    coalesce(product_name, product_id) as product,
    shop,
    coalesce(product_name, product_id) || ' · ' || shop as name,
    stock_end,
    days_of_stock,
    stock_status,
    stock_color,
    stock_days,
    out_of_stock_days,
    out_of_stock_share,
    lost_sales_estimate,
    is_low_n
from marts.mart_product_margin
where
    period_start = date_trunc('month', as_of_date)
    and (stock_status in ('out_of_stock', 'low') or lost_sales_estimate > 0)
order by stock_status = 'out_of_stock' desc, days_of_stock nulls last, lost_sales_estimate desc nulls last, product_name, shop
limit 60
