with

leads as (
    select * from {{ ref('fct_lead') }}
    where not is_made_of_order
),

milestones as (
    {%- for stage_id, reached_at in {
        'new': 'created_at',
        'qualified': 'qualified_at',
        'converted': 'converted_at',
        'customer': 'won_at',
    }.items() %}
    select
        concat('lead:', lead_id) as subject_id,
        status,
        lost_at,
        '{{ stage_id }}' as stage_id,
        {{ loop.index }} as step_no,
        {{ loop.last }} as is_last_step,
        {{ reached_at }} as entered_at
    from leads
    where {{ reached_at }} is not null
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

-- Milestones follow the ladder, not the clock: a lead qualified after its deal was made has not
-- moved back. What the clock says then shows in the observed and strict modes.
ordered as (
    select
        *,
        lead(entered_at) over path as next_entered_at,
        row_number() over path = count(*) over (partition by subject_id) as is_last_visit
    from milestones
    window path as (partition by subject_id order by step_no)
),

-- A lost lead has left its last stage, even if the time is not known.
timed as (
    select
        *,
        is_last_visit and status != 'lost' and not is_last_step as is_censored,
        {{ hours_between(
            'entered_at', 'case when is_last_visit then lost_at else next_entered_at end'
        ) }} as duration_hours
    from ordered
),

finished as (
    select
        subject_id,
        step_no as visit_no,
        'leads' as pipeline_id,
        stage_id,
        entered_at,
        is_censored,
        case
            when
                not is_last_step
                and duration_hours * 3600 >= {{ var('passthrough_seconds') }}
                then duration_hours
        end as finished_hours,
        case
            when is_censored
                then {{ hours_between('entered_at', as_of_end()) }}
        end as censored_hours
    from timed
)

select * from finished
