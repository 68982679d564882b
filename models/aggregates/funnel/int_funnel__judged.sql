{#- The expected share of false positives among the bottlenecks of a night. -#}
{%- set false_discovery_rate = 0.05 -%}
{%- set cohort = 'pipeline_id, cohort_grain, cohort_start, slice_type, slice_value, mode' -%}
with

stages as (
    select * from {{ ref('int_funnel__stages') }}
    where step_no is not null
),

counts as (
    select * from {{ ref('int_funnel__counts') }}
),

-- A cohort with at least one subject has a row for every stage, reached or not.
cohorts as (
    select
        {{ cohort }},
        coalesce(max(case when stages.step_no = 1 then counts.reached_count end), 0)
            as first_count,
        coalesce(
            {{ funnel_cohort_end('cohort_grain', 'cohort_start') }}
            <= {{ funnel_last_mature_day('slice_type', 'slice_value') }},
            false
        ) as is_mature
    from counts
    left join stages using (pipeline_id, stage_id)
    group by {{ cohort }}
),

-- All cohorts after the last mature one have the same count.
numbered as (
    select
        *,
        coalesce(sum(case when is_mature then 1 else 0 end) over (
            partition by pipeline_id, cohort_grain, slice_type, slice_value, mode
            order by cohort_start
            rows between unbounded preceding and 1 preceding
        ), 0) as mature_before_count
    from cohorts
),

laddered as (
    select
        stages.pipeline_name,
        stages.history,
        stages.stage_id,
        stages.stage_name,
        stages.stage_order,
        stages.step_no,
        stages.is_last_step,
        {%- for count in funnel_counts() %}
        coalesce(counts.{{ count }}, 0) as {{ count }},
        {%- endfor %}
        numbered.*
    from numbered
    inner join stages using (pipeline_id)
    left join counts using (stage_id, {{ cohort }})
),

stepped as (
    select
        *,
        case when not is_last_step then step_numerator end as next_count,
        case when not is_last_step then reached_count end as asked_count
    from laddered
),

-- The last mature cohorts before each one.
compared as (
    select
        *,
        sum(case when is_mature then next_count end) over earlier as earlier_next_count,
        sum(case when is_mature then asked_count end) over earlier as earlier_asked_count
    from stepped
    window earlier as (
        partition by
            pipeline_id, stage_id, cohort_grain, slice_type, slice_value, mode
        order by mature_before_count
        range between {{ var('baseline_periods') }} preceding and 1 preceding
    )
),

-- The difference of a mature cohort from the earlier mature cohorts.
scored as (
    select
        *,
        {{ safe_divide('earlier_next_count', 'earlier_asked_count') }} as baseline_conversion,
        case
            when is_mature and asked_count >= {{ var('low_n') }}
                then {{ likelihood_z(
                    'next_count', 'asked_count', 'earlier_next_count', 'earlier_asked_count'
                ) | indent(16) }}
        end as z
    from compared
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
        *,
        coalesce(
            p_value <= max(case when p_value <= allowed_p_value then p_value end) over (), false
        ) as is_bottleneck
    from ranked
)

select * from judged
