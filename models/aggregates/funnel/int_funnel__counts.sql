{%- set modes = {
    'observed': ('is_entered', 'is_stepped', 'is_passed'),
    'implied': ('true', 'is_passed', 'is_passed'),
    'strict': ('is_entered_strict', 'is_passed_strict', 'is_passed_strict'),
} -%}
with

subjects as (
    select * from {{ ref('int_funnel__subjects') }}
),

steps as (
    select * from {{ ref('int_funnel__subject_steps') }}
),

sliced as (
    select
        steps.*,
        subjects.cohort_day,
        'all' as slice_all,
        subjects.channel as slice_channel,
        subjects.segment as slice_segment,
        subjects.manager as slice_manager,
        subjects.client_type as slice_client_type
    from steps
    inner join subjects
        on steps.subject_id = subjects.subject_id
),

-- Counted at the finest cohort of each slice; coarser cohorts add these counts up.
tallied as (
    {%- for slice_type, grain in funnel_cohorts()
        if grain == ('day' if slice_type == 'all' else 'month') %}
    select
        pipeline_id,
        stage_id,
        '{{ slice_type }}' as slice_type,
        slice_{{ slice_type }} as slice_value,
        {{ funnel_cohort_start(grain, 'cohort_day') }} as cohort_date,
        ended_as,
        has_moved_back,
        is_entered,
        is_entered_strict,
        is_stepped,
        is_passed,
        is_passed_strict,
        count(*) as subjects_count
    from sliced
    group by all
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

by_mode as (
    {%- for mode, (is_reached, is_converted, is_reached_later) in modes.items() %}
    select
        *,
        '{{ mode }}' as mode,
        {{ is_reached }} as is_reached,
        {{ is_converted }} as is_converted,
        {{ is_reached_later }} as is_reached_later
    from tallied
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

by_cohort as (
    {%- for slice_type, grain in funnel_cohorts() %}
    select
        *,
        '{{ grain }}' as cohort_grain,
        {{ funnel_cohort_start(grain, 'cohort_date') }} as cohort_start
    from by_mode
    where slice_type = '{{ slice_type }}'
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

counted as (
    select
        pipeline_id,
        stage_id,
        cohort_grain,
        cohort_start,
        slice_type,
        slice_value,
        {%- for name, condition in funnel_counts().items() %}
        cast(
            coalesce(sum(subjects_count) filter (where {{ condition }}), 0) as bigint
        ) as {{ name }},
        {%- endfor %}
        mode
    from by_cohort
    group by all
)

select * from counted
