with

stages as (
    select * from {{ ref('int_funnel__stages') }}
    where step_no is not null
),

counts as (
    select * from {{ ref('int_funnel__counts') }}
),

durations as (
    select * from {{ ref('int_funnel__durations') }}
),

-- A cohort that anybody was born into has a row for every stage, reached or not.
cohorts as (
    select distinct
        pipeline_id,
        cohort_grain,
        cohort_start,
        slice_type,
        slice_value,
        mode
    from counts
),

laddered as (
    select
        cohorts.*,
        stages.pipeline_name,
        stages.stage_id,
        stages.stage_name,
        stages.stage_order,
        stages.step_no,
        stages.is_last_step
    from cohorts
    inner join stages
        on cohorts.pipeline_id = stages.pipeline_id
),

joined as (
    select
        laddered.*,
        {%- for count in [
            'reached_count', 'step_numerator', 'advanced_count', 'lost_here_count',
            'moved_back_count', 'moved_pipeline_count', 'open_here_count',
            'ever_moved_back_count', 'reached_later_count', 'skipped_count',
        ] %}
        coalesce(counts.{{ count }}, 0) as {{ count }},
        {%- endfor %}
        durations.duration_mean_hours,
        durations.duration_median_hours,
        durations.duration_p90_hours,
        durations.censored_visits_count,
        durations.visits_count
    from laddered
    left join counts
        using (
            pipeline_id, stage_id, cohort_grain, cohort_start, slice_type, slice_value, mode
        )
    left join durations
        using (pipeline_id, stage_id, cohort_grain, cohort_start, slice_type, slice_value)
),

stepped as (
    select
        *,
        case when not is_last_step then step_numerator end as next_count,
        first_value(reached_count) over (
            partition by
                pipeline_id, cohort_grain, cohort_start, slice_type, slice_value, mode
            order by step_no
        ) as first_count
    from joined
),

rated as (
    select
        pipeline_id,
        stage_id,
        cohort_grain,
        cohort_start,
        slice_type,
        slice_value,
        mode,
        pipeline_name,
        stage_name,
        stage_order,
        reached_count,
        next_count as step_numerator,
        reached_count as step_denominator,
        {{ safe_divide('next_count', 'reached_count') }} as step_conversion,
        {{ safe_divide('reached_count', 'first_count') }} as cumulative_conversion,
        advanced_count,
        lost_here_count,
        moved_back_count,
        moved_pipeline_count,
        open_here_count,
        {{ safe_divide('skipped_count', 'reached_later_count') }} as skip_rate,
        {{ safe_divide('ever_moved_back_count', 'reached_count') }} as back_rate,
        duration_mean_hours,
        duration_median_hours,
        duration_p90_hours,
        {{ safe_divide('censored_visits_count', 'visits_count') }} as censored_share,
        reached_count < {{ var('low_n') }} as is_low_n,
        {{ as_of_date() }} as as_of_date
    from stepped
)

select * from rated
