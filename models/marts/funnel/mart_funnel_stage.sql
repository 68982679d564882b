with

judged as (
    select * from {{ ref('int_funnel__judged') }}
),

durations as (
    select * from {{ ref('int_funnel__durations') }}
),

survival as (
    select * from {{ ref('int_funnel__survival') }}
),

joined as (
    select
        judged.*,
        durations.duration_mean_hours,
        durations.duration_median_hours,
        durations.duration_p90_hours,
        durations.censored_visits_count,
        durations.visits_count,
        survival.duration_km_median_hours
    from judged
    left join durations
        using (pipeline_id, stage_id, cohort_grain, cohort_start, slice_type, slice_value)
    left join survival
        using (pipeline_id, stage_id, cohort_grain, cohort_start, slice_type, slice_value)
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
        history,
        stage_name,
        stage_order,
        reached_count,
        next_count as step_numerator,
        reached_count as step_denominator,
        {{ safe_divide('next_count', 'reached_count') }} as step_conversion,
        {{ wilson_low('next_count', 'asked_count') }} as step_ci_low,
        {{ wilson_high('next_count', 'asked_count') }} as step_ci_high,
        first_count as first_reached_count,
        {{ safe_divide('reached_count', 'first_count') }} as cumulative_conversion,
        advanced_count,
        -- Without history a deal is known to be lost in a stage only where it still stands there.
        case
            when history <> 'none' or history is null or lost_here_count > 0
                then lost_here_count
        end as lost_here_count,
        lost_unknown_count,
        moved_back_count,
        moved_pipeline_count,
        open_here_count,
        reached_later_count,
        skipped_count,
        case
            when history = 'none' then null
            else {{ safe_divide('skipped_count', 'reached_later_count') }}
        end as skip_rate,
        ever_moved_back_count as went_back_count,
        case
            when history = 'none' then null
            else {{ safe_divide('ever_moved_back_count', 'reached_count') }}
        end as back_rate,
        duration_mean_hours,
        duration_median_hours,
        duration_p90_hours,
        duration_km_median_hours,
        coalesce(visits_count, 0) as visits_count,
        coalesce(censored_visits_count, 0) as open_visits_count,
        {{ safe_divide('censored_visits_count', 'visits_count') }} as censored_share,
        baseline_conversion,
        is_mature,
        is_bottleneck,
        case
            when is_bottleneck then 'red'
            when
                is_mature
                and reached_count >= {{ var('low_n') }}
                and baseline_conversion is not null
                then 'green'
            else 'none'
        end as status_color,
        reached_count < {{ var('low_n') }} as is_low_n,
        {{ as_of_date() }} as as_of_date
    from joined
),

{{ named('rated', ['slice']) }}

select * from named
