-- The pipelines that can be chosen, the busiest pipeline of deals first.
select funnel.pipeline_id, any_value(pipeline.kind) as kind, any_value(funnel.pipeline_name) as name
from marts.mart_funnel_stage as funnel
left join marts.dim_pipeline as pipeline using (pipeline_id)
where cohort_grain = 'all' and slice_type = 'all' and mode = 'implied'
group by funnel.pipeline_id
order by
    any_value(pipeline.kind) = 'deal' and funnel.pipeline_id not like 'shop:%' desc,
    max(reached_count) desc,
    funnel.pipeline_id
