with

visits as (
    select * from {{ ref('int_funnel__visits') }}
),

subjects as (
    select * from {{ ref('int_funnel__subjects') }}
),

sliced as (
    select
        visits.pipeline_id,
        visits.stage_id,
        visits.finished_hours,
        visits.is_censored,
        subjects.cohort_day,
        'all' as slice_all,
        subjects.channel as slice_channel,
        subjects.segment as slice_segment,
        subjects.manager as slice_manager,
        subjects.client_type as slice_client_type
    from visits
    inner join subjects
        on visits.subject_id = subjects.subject_id
),

measured as (
    {%- for slice_type, grain in funnel_cohorts() %}
    select
        pipeline_id,
        stage_id,
        '{{ grain }}' as cohort_grain,
        {{ funnel_cohort_start(grain, 'cohort_day') }} as cohort_start,
        '{{ slice_type }}' as slice_type,
        slice_{{ slice_type }} as slice_value,
        -- Decimals add up to the same sum in any order, doubles do not.
        cast({{ mean('cast(finished_hours as decimal(18, 6))') }} as double)
            as duration_mean_hours,
        {{ median('finished_hours') }} as duration_median_hours,
        {{ percentile('finished_hours', 0.9) }} as duration_p90_hours,
        count(*) filter (where is_censored) as censored_visits_count,
        count(*) as visits_count
    from sliced
    group by all
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
)

select * from measured
