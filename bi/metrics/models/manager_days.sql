-- One row per manager and day.
select
    manager_id || ' ' || period_start as manager_day,
    *
from {{ source('published', 'mart_manager_kpi') }}
where period_grain = 'day'
