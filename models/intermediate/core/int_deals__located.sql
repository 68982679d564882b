with

deals as (
    select * from {{ ref('int_deals__surviving') }}
),

stages as (
    select * from {{ ref('int_stages__placed') }}
),

users as (
    select * from {{ ref('stg_entities__users') }}
),

events as (
    select
        *,
        lag(outcome) over (partition by deal_id order by event_no)
            as previous_outcome
    from {{ ref('int_stage_events__ordered') }}
),

last_events as (
    select *
    from events
    qualify row_number() over (partition by deal_id order by event_no desc) = 1
),

-- A deal won by moving to a stage and then to one after it was won at the first.
closings as (
    select
        deal_id,
        outcome,
        max(changed_at) as changed_at,
        max_by(coalesce(changed_by, ''), event_no) as changed_by
    from events
    where outcome is distinct from previous_outcome
    group by deal_id, outcome
),

settled as (
    select
        deals.*,
        own_stages.stage_id as own_stage_id,
        last_events.pipeline_id as last_pipeline_id,
        last_events.stage_id as last_stage_id,
        last_events.outcome as last_outcome,
        coalesce(
            deals.status, own_stages.outcome, last_events.outcome, 'open'
        ) as settled_status
    from deals
    left join stages as own_stages
        on
            deals.pipeline_id = own_stages.pipeline_id
            and deals.stage_id = own_stages.stage_id
    left join last_events
        on deals.deal_id = last_events.deal_id
),

located as (
    select
        settled.deal_id,
        case
            when settled.own_stage_id is not null then settled.pipeline_id
            when settled.last_outcome = settled.settled_status
                then settled.last_pipeline_id
            else settled.pipeline_id
        end as pipeline_id,
        -- Its own stage; else where history left it, if that agrees with its
        -- status; else the pipeline's stage of that status.
        case
            when settled.own_stage_id is not null then settled.own_stage_id
            when settled.last_outcome = settled.settled_status
                then settled.last_stage_id
            else coalesce(defaults.stage_id, settled.stage_id)
        end as stage_id,
        settled.settled_status as status,
        case
            when settled.settled_status != 'open'
                then coalesce(settled.closed_at, closings.changed_at)
        end as closed_at,
        -- No source tells owners of the past: who closed the deal is the best
        -- witness of who owned it then.
        coalesce(users.user_id, settled.owner_id) as owner_id_at_close
    from settled
    left join stages as defaults
        on
            settled.pipeline_id = defaults.pipeline_id
            and settled.settled_status = defaults.outcome
            and defaults.is_default_of_outcome
    left join closings
        on
            settled.deal_id = closings.deal_id
            and settled.settled_status = closings.outcome
            and settled.settled_status != 'open'
    left join users
        on closings.changed_by = users.user_id
)

select * from located
