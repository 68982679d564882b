-- One row per day: what MetricFlow joins days without an event from.
select date as day
from {{ source('published', 'dim_date') }}
