with

deals as (
    select * from {{ ref('int_deals__surviving') }}
),

stages as (
    select * from {{ ref('int_stages__placed') }}
),

users as (
    select
        users.user_id,
        coalesce(survivors.survivor_id, users.user_id) as manager_id
    from {{ ref('stg_entities__users') }} as users
    left join {{ ref('int_merges__resolved') }} as survivors
        on
            survivors.entity = 'users'
            and users.user_id = survivors.loser_id
),

last_events as (
    select *
    from {{ ref('int_stage_events__ordered') }}
    qualify row_number() over (partition by deal_id order by event_no desc) = 1
),

closings as (
    select * from {{ ref('int_deals__closings') }}
),

-- Won and lost are believed as a status. `open` is what many sources say of any deal they are not
-- sure of, so a stage that closes a deal goes before it.
judged as (
    select
        deals.*,
        own_stages.stage_id as known_stage_id,
        own_stages.outcome as own_outcome,
        last_events.pipeline_id as last_pipeline_id,
        last_events.stage_id as last_stage_id,
        last_events.outcome as last_outcome,
        coalesce(
            case when deals.status != 'open' then deals.status end,
            case when own_stages.outcome != 'open' then own_stages.outcome end,
            deals.status,
            own_stages.outcome,
            last_events.outcome,
            'open'
        ) as settled_status
    from deals
    left join stages as own_stages
        on
            deals.pipeline_id = own_stages.pipeline_id
            and deals.stage_id = own_stages.stage_id
    left join last_events
        on deals.deal_id = last_events.deal_id
),

-- A deal may be won or lost in an open stage, but not won in a lost one.
settled as (
    select
        *,
        case
            when own_outcome in ('open', settled_status) then known_stage_id
        end as own_stage_id
    from judged
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
        -- Its own stage, unless that closes deals the other way; else where history left it, if
        -- that agrees with its status; else the pipeline's stage of that status.
        case
            when settled.own_stage_id is not null then settled.own_stage_id
            when settled.last_outcome = settled.settled_status
                then settled.last_stage_id
            else coalesce(fallbacks.stage_id, settled.stage_id)
        end as stage_id,
        settled.settled_status as status,
        case
            when settled.settled_status != 'open'
                then coalesce(settled.closed_at, closings.closed_at)
        end as closed_at,
        -- No source tells owners of the past: who closed the deal is the best
        -- witness of who owned it then.
        coalesce(users.manager_id, settled.owner_id) as owner_id_at_close
    from settled
    left join stages as fallbacks
        on
            settled.pipeline_id = fallbacks.pipeline_id
            and settled.settled_status = fallbacks.outcome
            and fallbacks.is_default_of_outcome
    left join closings
        on
            settled.deal_id = closings.deal_id
            and settled.settled_status = closings.outcome
    left join users
        on closings.closed_by = users.user_id
)

select * from located
