with

subjects as (
    select * from {{ ref('int_funnel__subjects') }}
),

steps as (
    select * from {{ ref('int_funnel__subject_modes') }}
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
)

select * from tallied
