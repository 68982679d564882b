with

deals as (
    select * from {{ ref('int_deals__conformed') }}
),

stages as (
    select * from {{ ref('int_stages__placed') }}
),

events as (
    select * from {{ ref('int_stage_events__ordered') }}
),

spans as (
    select
        deal_id,
        min_by(pipeline_id, event_no) as pipeline_id,
        min_by(coalesce(from_stage_id, ''), event_no) as from_stage_id,
        min(changed_at) as first_at,
        max(changed_at) as last_at
    from events
    group by deal_id
),

begun as (
    select
        deals.deal_id,
        deals.status,
        deals.pipeline_id,
        deals.stage_id,
        deals.created_at,
        deals.updated_at,
        deals.closed_at,
        coalesce(spans.pipeline_id, deals.pipeline_id) as first_pipeline_id,
        nullif(spans.from_stage_id, '') as from_stage_id,
        spans.first_at,
        spans.last_at,
        -- A first event that comes from nowhere as the deal is created is its
        -- creation: nothing has to be inferred.
        coalesce(
            spans.from_stage_id = ''
            and {{ seconds_between('deals.created_at', 'spans.first_at') }}
            <= {{ var('passthrough_seconds') }},
            false
        ) as is_creation_known
    from deals
    left join spans
        on deals.deal_id = spans.deal_id
),

starts as (
    select
        begun.deal_id,
        0 as entry_no,
        coalesce(
            from_stages.pipeline_id,
            moved_stages.pipeline_id,
            first_stages.pipeline_id
        ) as pipeline_id,
        coalesce(
            from_stages.stage_id, moved_stages.stage_id, first_stages.stage_id
        ) as stage_id,
        least(begun.created_at, coalesce(begun.first_at, begun.created_at))
            as entered_at,
        moved_stages.stage_id is null as is_inferred
    from begun
    left join stages as from_stages
        on
            begun.first_pipeline_id = from_stages.pipeline_id
            and begun.from_stage_id = from_stages.stage_id
    -- The first event may be the move to another pipeline.
    left join stages as moved_stages
        on
            begun.from_stage_id = moved_stages.stage_id
            and moved_stages.is_first_of_id
    left join stages as first_stages
        on
            begun.first_pipeline_id = first_stages.pipeline_id
            and first_stages.outcome = 'open'
            and first_stages.is_default_of_outcome
    where not begun.is_creation_known
),

tails as (
    select
        deal_id,
        2000000000 as entry_no,
        pipeline_id,
        stage_id,
        greatest(
            coalesce(
                case when status = 'open' then updated_at else closed_at end,
                created_at
            ),
            coalesce(last_at, created_at)
        ) as entered_at,
        true as is_inferred
    from begun
),

entries as (
    select * from starts
    union all
    select
        deal_id,
        event_no as entry_no,
        pipeline_id,
        stage_id,
        changed_at as entered_at,
        false as is_inferred
    from events
    union all
    select * from tails
)

select * from entries
