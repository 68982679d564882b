-- The pipelines that can be chosen, of every mart whose rows have one: the busiest of deals first.
with counted as (
    select pipeline_id, pipeline_name as name, max(reached_count) as reached, 0 as lost
    from marts.mart_funnel_stage
    where cohort_grain = 'all' and slice_type = 'all' and mode = 'implied'
    group by pipeline_id, pipeline_name
    union all
    select pipeline_id, null, 0, sum(lost_count)
    from marts.mart_lost_reason
    where period_grain = 'month'
    group by pipeline_id
)

select
    counted.pipeline_id,
    any_value(pipeline.kind) as kind,
    coalesce(any_value(counted.name), any_value(pipeline.name), counted.pipeline_id) as name
from counted
left join marts.dim_pipeline as pipeline using (pipeline_id)
group by counted.pipeline_id
order by
    any_value(pipeline.kind) is distinct from 'lead' and counted.pipeline_id not like 'shop:%' desc,
    max(reached) desc,
    max(lost) desc,
    counted.pipeline_id
