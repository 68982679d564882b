with

deals as (
    select * from {{ ref('int_deals__surviving') }}
),

history as (
    select * from {{ ref('int_deals__history') }}
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

-- Where a deal was changed after the as_of day, its stage, status and reason as they are now say
-- nothing of that day.
dated as (
    select
        history.*,
        deals.pipeline_id,
        deals.owner_id,
        deals.created_at,
        case
            when history.is_changed_later then history.stage_id_before else deals.stage_id
        end as stage_id,
        case when not history.is_changed_later then deals.status end as status,
        case when not history.is_changed_later then deals.lost_reason end as lost_reason,
        case
            when not history.is_changed_later and deals.updated_at < {{ as_of_end() }}
                then deals.updated_at
        end as updated_at,
        case when deals.closed_at < {{ as_of_end() }} then deals.closed_at end as closed_at
    from deals
    inner join history using (deal_id)
),

-- Won and lost are believed as a status. `open` is what many sources say of any deal they are not
-- sure of, so a stage that closes a deal goes before it.
judged as (
    select
        dated.*,
        own_stages.stage_id as known_stage_id,
        own_stages.outcome as own_outcome,
        coalesce(
            case when dated.status != 'open' then dated.status end,
            case when own_stages.outcome != 'open' then own_stages.outcome end,
            dated.status,
            own_stages.outcome,
            dated.last_outcome,
            'open'
        ) as settled_status
    from dated
    left join stages as own_stages using (pipeline_id, stage_id)
),

-- A deal may be won or lost in an open stage, but not won in a lost one. Its own stage tells,
-- unless that closes deals the other way; else where history left it, if that agrees with its
-- status.
settled as (
    select
        *,
        coalesce(own_outcome in ('open', settled_status), false) as is_in_own_stage,
        coalesce(last_outcome = settled_status, false) as is_where_history_ends
    from judged
),

located as (
    select
        settled.deal_id,
        case
            when not settled.is_in_own_stage and settled.is_where_history_ends
                then settled.last_pipeline_id
            else settled.pipeline_id
        end as pipeline_id,
        -- Without either, the default stage of the pipeline for the status.
        case
            when settled.is_in_own_stage then settled.known_stage_id
            when settled.is_where_history_ends then settled.last_stage_id
            else coalesce(fallbacks.stage_id, settled.stage_id)
        end as stage_id,
        settled.settled_status as status,
        settled.created_at,
        settled.updated_at,
        case settled.settled_status
            when 'won' then coalesce(settled.closed_at, settled.won_at)
            when 'lost' then coalesce(settled.closed_at, settled.lost_at)
        end as closed_at,
        -- No source delivers past owners: the user who closed the deal is the best
        -- estimate of its owner at that time.
        coalesce(users.manager_id, settled.owner_id) as owner_id_at_close,
        case when settled.settled_status = 'lost' then settled.lost_reason end as lost_reason
    from settled
    left join stages as fallbacks
        on
            settled.pipeline_id = fallbacks.pipeline_id
            and settled.settled_status = fallbacks.outcome
            and fallbacks.is_default_of_outcome
    left join users
        on
            case settled.settled_status
                when 'won' then settled.won_by
                when 'lost' then settled.lost_by
            end = users.user_id
)

select * from located
