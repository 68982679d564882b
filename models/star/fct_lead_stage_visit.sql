with

outcomes as (
    select
        lead_id,
        status,
        coalesce(lost_at, won_at) as ended_at
    from {{ ref('int_leads__outcomes') }}
),

stages as (
    select * from {{ ref('int_stages__placed') }}
),

events as (
    select
        events.*,
        leads.lead_id,
        leads.created_at
    from {{ ref('int_stage_events__ordered') }} as events
    inner join {{ ref('int_leads__surviving') }} as leads
        on events.record_id = leads.lead_id
    where events.entity = 'leads' and events.is_counted
),

-- A first event with a stage before gives the first stage of the lead, but not its time.
entries as (
    select
        lead_id,
        0 as entry_no,
        pipeline_id,
        from_stage_id as stage_id,
        least(created_at, changed_at) as entered_at,
        true as is_inferred
    from events
    qualify row_number() over (partition by lead_id order by event_no) = 1
    union all
    select
        lead_id,
        event_no as entry_no,
        pipeline_id,
        stage_id,
        changed_at as entered_at,
        false as is_inferred
    from events
),

moves as (
    {{ stage_moves('entries', 'stages', 'lead_id') }}
),

visits as (
    select
        moves.lead_id,
        moves.visit_no,
        moves.pipeline_id,
        moves.stage_id,
        moves.entered_at,
        coalesce(
            moves.next_entered_at,
            case
                when moves.outcome = 'open' and outcomes.ended_at >= moves.entered_at
                    then outcomes.ended_at
            end
        ) as exited_at,
        moves.next_entered_at is null
        and moves.outcome = 'open'
        and outcomes.status = 'open' as is_censored,
        moves.is_inferred
    from moves
    inner join outcomes
        on moves.lead_id = outcomes.lead_id
),

measured as (
    select
        lead_id,
        visit_no,
        pipeline_id,
        stage_id,
        entered_at,
        {{ business_date('entered_at') }} as entered_on,
        exited_at,
        {{ business_date('exited_at') }} as exited_on,
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

select * from measured
