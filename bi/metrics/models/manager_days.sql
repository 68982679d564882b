-- One row per manager and day.
select *
from {{ source('published', 'mart_manager_kpi') }}
where period_grain = 'day'
