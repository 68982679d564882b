-- One row per day and shop.
select *
from {{ source('published', 'mart_shop_daily') }}
