-- Fails if what moved in and out of a pipeline is not what it grew by, to the kopeck, or if a
-- period opens with something else than the one before it closed with.
with

periods as (
    select
        *,
        lag(closing) over (
            partition by period_grain, pipeline_id, manager_id
            order by period_start
        ) as closing_before
    from {{ ref('mart_pipeline_movement') }}
)

select
    period_grain,
    period_start,
    pipeline_id,
    manager_id,
    balance_check,
    opening,
    closing_before
from periods
where balance_check != 0 or opening != coalesce(closing_before, 0)
