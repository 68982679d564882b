-- Fails if a deal that reached a stage did not end there in exactly one way, or if steps grow in
-- the modes that promise that they never do.
select
    pipeline_id,
    stage_id,
    cohort_grain,
    cohort_start,
    slice_type,
    slice_value,
    mode
from {{ ref('mart_funnel_stage') }}
where
    reached_count != advanced_count + coalesce(lost_here_count, 0) + lost_unknown_count
    + moved_back_count + moved_pipeline_count + open_here_count
    or step_numerator > step_denominator
