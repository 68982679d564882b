with

leads as (
    select * from {{ ref('int_leads__surviving') }}
),

outcomes as (
    select * from {{ ref('int_leads__outcomes') }}
),

stages as (
    select * from {{ ref('int_stages__placed') }}
),

events as (
    select * from {{ ref('int_stage_events__numbered') }}
    where
        entity = 'leads'
        and outcome is not null
        and changed_at < {{ as_of_end() }}
),

-- A first event that leaves a stage tells where the lead began, not when.
starts as (
    select
        record_id,
        pipeline_id,
        from_stage_id,
        changed_at
    from events
    qualify row_number() over (partition by record_id order by event_no) = 1
),

entries as (
    select
        starts.record_id as lead_id,
        0 as entry_no,
        stages.pipeline_id,
        stages.stage_id,
        stages.outcome,
        least(leads.created_at, starts.changed_at) as entered_at,
        true as is_inferred
    from starts
    inner join leads
        on starts.record_id = leads.lead_id
    inner join stages
        on
            starts.pipeline_id = stages.pipeline_id
            and starts.from_stage_id = stages.stage_id
    union all
    select
        events.record_id as lead_id,
        events.event_no as entry_no,
        events.pipeline_id,
        events.stage_id,
        events.outcome,
        events.changed_at as entered_at,
        false as is_inferred
    from events
    inner join leads
        on events.record_id = leads.lead_id
),

followed as (
    select
        *,
        lag(pipeline_id) over path as previous_pipeline_id,
        lag(stage_id) over path as previous_stage_id
    from entries
    window path as (partition by lead_id order by entry_no)
),

-- Staying in a stage is no move.
moves as (
    select
        *,
        row_number() over path as visit_no,
        lead(entered_at) over path as next_entered_at
    from followed
    where
        previous_stage_id is null
        or previous_stage_id != stage_id
        or previous_pipeline_id != pipeline_id
    window path as (partition by lead_id order by entry_no)
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
                when
                    moves.outcome = 'open'
                    and coalesce(outcomes.lost_at, outcomes.won_at) >= moves.entered_at
                    then coalesce(outcomes.lost_at, outcomes.won_at)
            end
        ) as exited_at,
        moves.next_entered_at is null
        and moves.outcome = 'open'
        and outcomes.status = 'open' as is_censored,
        moves.is_inferred
    from moves
    inner join outcomes
        on moves.lead_id = outcomes.lead_id
)

select * from visits
