with

deals as (
    select * from {{ ref('int_deals__surviving') }}
),

events as (
    select
        *,
        record_id as deal_id
    from {{ ref('int_stage_events__ordered') }}
    where entity = 'deals'
),

followed as (
    select
        *,
        lag(outcome) over (partition by deal_id order by event_no) as previous_outcome
    from events
    where is_counted
),

-- A deal that moves to a won stage and then to a later won stage was won at the first move.
counted as (
    select
        *,
        case when previous_outcome is null or previous_outcome != outcome then outcome end
            as turned_to
    from followed
),

told as (
    select
        deal_id,
        min_by(pipeline_id, event_no) as first_pipeline_id,
        min_by(coalesce(from_stage_id, ''), event_no) as first_left_stage_id,
        min_by(outcome, event_no) as first_outcome,
        min(changed_at) as first_at,
        max_by(pipeline_id, event_no) as last_pipeline_id,
        max_by(stage_id, event_no) as last_stage_id,
        max_by(outcome, event_no) as last_outcome,
        max(changed_at) as last_at,
        max(changed_at) filter (where turned_to = 'won') as won_at,
        max_by(coalesce(changed_by, ''), event_no) filter (where turned_to = 'won') as won_by,
        max(changed_at) filter (where turned_to = 'lost') as lost_at,
        max_by(coalesce(changed_by, ''), event_no) filter (where turned_to = 'lost') as lost_by
    from counted
    group by deal_id
),

-- Moves after the as_of day show the stage of the deal before them.
later_events as (
    select
        deal_id,
        from_stage_id
    from events
    where changed_at >= {{ as_of_end() }}
    qualify row_number() over (partition by deal_id order by event_no) = 1
),

history as (
    select
        deals.deal_id,
        told.first_pipeline_id,
        nullif(told.first_left_stage_id, '') as first_left_stage_id,
        -- An event that leaves no stage is where the history of the deal begins: nothing has
        -- to be inferred. But what is lost was open before.
        coalesce(told.first_left_stage_id = '' and told.first_outcome != 'lost', false)
            as is_start_told,
        told.first_at,
        told.last_pipeline_id,
        told.last_stage_id,
        told.last_outcome,
        told.last_at,
        told.won_at,
        nullif(told.won_by, '') as won_by,
        told.lost_at,
        nullif(told.lost_by, '') as lost_by,
        later_events.deal_id is not null
        or coalesce(deals.closed_at >= {{ as_of_end() }}, false) as is_changed_later,
        later_events.from_stage_id as stage_id_before
    from deals
    left join told
        on deals.deal_id = told.deal_id
    left join later_events
        on deals.deal_id = later_events.deal_id
)

select * from history
