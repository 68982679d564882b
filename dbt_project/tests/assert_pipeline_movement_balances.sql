-- Fails if what moved in and out of a pipeline is not what it grew by, to the kopeck.
select
    period_grain,
    period_start,
    pipeline_id,
    manager_id,
    balance_check
from {{ ref('mart_pipeline_movement') }}
where balance_check != 0
