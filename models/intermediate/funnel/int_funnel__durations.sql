with

visits as (
    select * from {{ ref('int_funnel__visits') }}
),

subjects as (
    select * from {{ ref('int_funnel__subjects') }}
),

sliced as (
    select
        visits.*,
        subjects.cohort_day,
        subjects.channel,
        subjects.segment,
        subjects.manager,
        subjects.client_type
    from visits
    inner join subjects
        on visits.subject_id = subjects.subject_id
),

measured as (
    {% for slice_type, grains in funnel_slices().items() %}
    {% set is_last_slice = loop.last %}
    {% for grain in grains %}
    select
        pipeline_id,
        stage_id,
        '{{ grain }}' as cohort_grain,
        {{ funnel_cohort_start(grain, 'cohort_day') }} as cohort_start,
        '{{ slice_type }}' as slice_type,
        {{ "'all'" if slice_type == 'all' else slice_type }} as slice_value,
        -- Decimals add up to the same sum in any order, doubles do not.
        cast(avg(cast(finished_hours as decimal(18, 6))) as double)
            as duration_mean_hours,
        {{ median('finished_hours') }} as duration_median_hours,
        {{ percentile('finished_hours', 0.9) }} as duration_p90_hours,
        count(*) filter (where is_censored) as censored_visits_count,
        count(*) as visits_count
    from sliced
    group by all
    {% if not (is_last_slice and loop.last) %}union all{% endif %}
    {% endfor %}
    {% endfor %}
)

select * from measured
