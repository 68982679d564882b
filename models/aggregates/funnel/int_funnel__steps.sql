{#- A view: it only lays out what the mart rates. -#}
{{ config(materialized='view') }}

with

stages as (
    select * from {{ ref('int_funnel__stages') }}
    where step_no is not null
),

counts as (
    select * from {{ ref('int_funnel__counts') }}
),

-- A cohort that anybody was born into has a row for every stage, reached or not.
cohorts as (
    select distinct
        pipeline_id,
        cohort_grain,
        cohort_start,
        slice_type,
        slice_value,
        mode,
        coalesce(
            {{ funnel_cohort_end('cohort_grain', 'cohort_start') }}
            <= {{ funnel_last_mature_day('slice_type', 'slice_value') }},
            false
        ) as is_mature
    from counts
),

laddered as (
    select
        cohorts.*,
        stages.pipeline_name,
        stages.history,
        stages.stage_id,
        stages.stage_name,
        stages.stage_order,
        stages.step_no,
        stages.is_last_step
    from cohorts
    inner join stages using (pipeline_id)
),

joined as (
    select
        laddered.*,
        {%- for count in [
            'reached_count', 'step_numerator', 'advanced_count', 'lost_here_count',
            'moved_back_count', 'moved_pipeline_count', 'open_here_count',
            'ever_moved_back_count', 'reached_later_count',
        ] %}
        coalesce(counts.{{ count }}, 0) as {{ count }},
        {%- endfor %}
        coalesce(counts.skipped_count, 0) as skipped_count
    from laddered
    left join counts
        using (
            pipeline_id, stage_id, cohort_grain, cohort_start, slice_type, slice_value, mode
        )
),

stepped as (
    select
        *,
        case when not is_last_step then step_numerator end as next_count,
        case when not is_last_step then reached_count end as asked_count,
        max(case when step_no = 1 then reached_count end) over (
            partition by pipeline_id, cohort_grain, cohort_start, slice_type, slice_value, mode
        ) as first_count,
        -- Cohorts that are not mature stand together behind the last one that is.
        coalesce(sum(case when is_mature then 1 else 0 end) over (
            partition by pipeline_id, stage_id, cohort_grain, slice_type, slice_value, mode
            order by cohort_start
            rows between unbounded preceding and 1 preceding
        ), 0) as mature_before_count
    from joined
)

select * from stepped
