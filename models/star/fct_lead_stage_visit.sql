with

visits as (
    select * from {{ ref('int_lead_stage_visits') }}
),

published as (
    select
        lead_id,
        visit_no,
        pipeline_id,
        stage_id,
        entered_at,
        exited_at,
        {{ hours_between(
            'entered_at',
            'case when is_censored then ' ~ as_of_end() ~ ' else exited_at end'
        ) }} as duration_hours,
        is_censored,
        is_inferred,
        coalesce(
            {{ seconds_between('entered_at', 'exited_at') }}
            < {{ var('passthrough_seconds') }},
            false
        ) as is_passthrough
    from visits
)

select * from published
