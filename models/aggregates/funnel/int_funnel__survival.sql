{%- set cohort %}
    pipeline_id, stage_id, cohort_grain, cohort_start, slice_type, slice_value
{%- endset -%}
with

visits as (
    select * from {{ ref('int_funnel__visits') }}
    where lasting_hours is not null
),

subjects as (
    select * from {{ ref('int_funnel__subjects') }}
),

sliced as (
    select
        visits.*,
        subjects.cohort_day,
        'all' as slice_all,
        subjects.channel as slice_channel,
        subjects.segment as slice_segment,
        subjects.manager as slice_manager,
        subjects.client_type as slice_client_type
    from visits
    inner join subjects using (subject_id)
),

by_cohort as (
    {%- for slice_type, grain in funnel_cohorts() %}
    select
        pipeline_id,
        stage_id,
        '{{ grain }}' as cohort_grain,
        {{ funnel_cohort_start(grain, 'cohort_day') }} as cohort_start,
        '{{ slice_type }}' as slice_type,
        slice_{{ slice_type }} as slice_value,
        lasting_hours,
        is_censored
    from sliced
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

-- At equal times ends come before censored visits: the censored ones are still at risk.
ranked as (
    select
        *,
        count(*) over (partition by {{ cohort }}) + 1 - row_number() over (
            partition by {{ cohort }} order by lasting_hours, is_censored
        ) as at_risk_count
    from by_cohort
),

-- S(t) falls by (n - d) / n where d of n at risk leave, which is one by one (n - 1) / n,
-- (n - 2) / (n - 1) and so on. A factor under a half is as good as a half: S has fallen to it.
survived as (
    select
        *,
        sum(case
            when not is_censored then ln(greatest(0.5, 1.0 - 1.0 / at_risk_count))
        end) over (
            partition by {{ cohort }} order by at_risk_count desc
            rows between unbounded preceding and current row
        ) as log_survival
    from ranked
),

-- Sums of logarithms miss a half that is met exactly by some units of the last place.
halved as (
    select
        {{ cohort }},
        min(lasting_hours) filter (where log_survival <= ln(0.5) + 1e-9)
            as duration_km_median_hours
    from survived
    group by {{ cohort }}
)

select * from halved
