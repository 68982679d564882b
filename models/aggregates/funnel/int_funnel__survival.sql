{%- set slices = ['channel', 'segment', 'manager', 'client_type'] -%}
{%- set epoch = "cast('1970-01-01' as date)" -%}
with

visits as (
    select * from {{ ref('int_funnel__visits') }}
    where lasting_hours is not null
),

subjects as (
    select * from {{ ref('int_funnel__subjects') }}
),

stages as (
    select
        pipeline_id,
        stage_id,
        row_number() over (order by pipeline_id, stage_id) as stage_no
    from visits
    group by pipeline_id, stage_id
),

slices as (
    {%- for slice_type in slices %}
    select
        '{{ slice_type }}' as slice_type,
        {{ slice_type }} as slice_value,
        row_number() over (order by {{ slice_type }}) as slice_no
    from subjects
    group by {{ slice_type }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- At equal times ends come before censored visits: the censored ones are still at risk.
placed as (
    select
        visits.pipeline_id,
        visits.stage_id,
        visits.lasting_hours,
        visits.is_censored,
        stages.stage_no,
        subjects.cohort_day,
        'all' as slice_all,
        0 as slice_all_no,
        {%- for slice_type in slices %}
        subjects.{{ slice_type }} as slice_{{ slice_type }},
        {{ slice_type }}_slices.slice_no as slice_{{ slice_type }}_no,
        {%- endfor %}
        cast(row_number() over (
            order by visits.lasting_hours desc, visits.is_censored desc
        ) as integer) as place
    from visits
    inner join stages using (pipeline_id, stage_id)
    inner join subjects using (subject_id)
    {%- for slice_type in slices %}
    inner join slices as {{ slice_type }}_slices
        on
            {{ slice_type }}_slices.slice_type = '{{ slice_type }}'
            and subjects.{{ slice_type }} = {{ slice_type }}_slices.slice_value
    {%- endfor %}
),

-- Each visit is in twelve kinds of cohort: as rows of few numbers they are sorted fast.
by_cohort as (
    {%- for slice_type, grain in funnel_cohorts() %}
    select
        (
            (cast(stage_no as bigint) * 1000000 + slice_{{ slice_type }}_no) * 100000
            + {{ dbt.datediff(epoch, funnel_cohort_start(grain, 'cohort_day'), 'day') }}
        ) * 100 + {{ loop.index }} as cohort_no,
        place,
        is_censored
    from placed
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

ranked as (
    select
        *,
        cast(row_number() over (partition by cohort_no order by place) as integer) as at_risk
    from by_cohort
),

{{ survival_halves('ranked', 'cohort_no') }},

described as (
    select
        halves.cohort_no % 100 as kind_no,
        longest.*,
        half.lasting_hours as duration_km_median_hours
    from halves
    inner join placed as longest
        on halves.longest_place = longest.place
    left join placed as half
        on halves.half_place = half.place
),

named as (
    {%- for slice_type, grain in funnel_cohorts() %}
    select
        pipeline_id,
        stage_id,
        '{{ grain }}' as cohort_grain,
        {{ funnel_cohort_start(grain, 'cohort_day') }} as cohort_start,
        '{{ slice_type }}' as slice_type,
        slice_{{ slice_type }} as slice_value,
        duration_km_median_hours
    from described
    where kind_no = {{ loop.index }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from named
