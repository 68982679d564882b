{#- The expected share of false ones among the bottlenecks of a night. -#}
{%- set false_discovery_rate = 0.05 -%}
with

steps as (
    select * from {{ ref('int_funnel__steps') }}
),

-- The last mature cohorts before each one.
compared as (
    select
        *,
        sum(case when is_mature then next_count end) over earlier as earlier_next_count,
        sum(case when is_mature then asked_count end) over earlier as earlier_asked_count
    from steps
    window earlier as (
        partition by
            pipeline_id, stage_id, cohort_grain, slice_type, slice_value, mode
        order by mature_before_count
        range between {{ var('baseline_periods') }} preceding and 1 preceding
    )
),

pooled as (
    select
        *,
        {{ safe_divide('next_count', 'asked_count') }} as own_conversion,
        {{ safe_divide('earlier_next_count', 'earlier_asked_count') }} as baseline_conversion,
        {{ safe_divide(
            '(next_count + earlier_next_count)', '(asked_count + earlier_asked_count)'
        ) }} as pooled_conversion
    from compared
),

-- How far a mature cohort is below those before it, in standard errors of the difference.
scored as (
    select
        *,
        case
            when
                is_mature
                and asked_count >= {{ var('low_n') }}
                and earlier_asked_count > 0
                and pooled_conversion > 0
                and pooled_conversion < 1
                then (own_conversion - baseline_conversion) / sqrt(
                    pooled_conversion * (1 - pooled_conversion)
                    * (1.0 / asked_count + 1.0 / earlier_asked_count)
                )
        end as z
    from pooled
),

tested as (
    select
        *,
        {{ normal_below('z') }} as p_value
    from scored
),

-- Benjamini and Hochberg, 1995: the largest p that is within its rank's share of the rate.
ranked as (
    select
        *,
        count(p_value) over (
            order by p_value nulls last
            range between unbounded preceding and current row
        ) * {{ false_discovery_rate }} / nullif(count(p_value) over (), 0) as allowed_p_value
    from tested
),

judged as (
    select
        pipeline_id,
        stage_id,
        cohort_grain,
        cohort_start,
        slice_type,
        slice_value,
        mode,
        is_mature,
        pipeline_name,
        history,
        stage_name,
        stage_order,
        step_no,
        is_last_step,
        reached_count,
        step_numerator,
        advanced_count,
        lost_here_count,
        moved_back_count,
        moved_pipeline_count,
        open_here_count,
        ever_moved_back_count,
        reached_later_count,
        skipped_count,
        next_count,
        asked_count,
        first_count,
        mature_before_count,
        baseline_conversion,
        p_value,
        coalesce(
            p_value <= max(case when p_value <= allowed_p_value then p_value end) over (), false
        ) as is_bottleneck
    from ranked
)

select * from judged
