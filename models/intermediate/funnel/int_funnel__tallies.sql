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
        {{ period_start('day', 'subjects.cohort_day') }} as cohort_day,
        {{ period_start('month', 'subjects.cohort_day') }} as cohort_month,
        subjects.channel,
        subjects.segment,
        subjects.manager,
        subjects.client_type
    from steps
    inner join subjects
        on steps.subject_id = subjects.subject_id
),

tallied as (
    {% for slice_type, grains in funnel_slices().items() %}
    select
        pipeline_id,
        stage_id,
        '{{ slice_type }}' as slice_type,
        {{ "'all'" if slice_type == 'all' else slice_type }} as slice_value,
        cohort_{{ grains[0] }} as cohort_date,
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
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select * from tallied
