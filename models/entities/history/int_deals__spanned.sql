with

deals as (
    select * from {{ ref('int_deals__conformed') }}
),

events as (
    select * from {{ ref('int_stage_events__ordered') }}
),

spans as (
    select
        deal_id,
        min_by(pipeline_id, event_no) as pipeline_id,
        min_by(coalesce(from_stage_id, ''), event_no) as from_stage_id,
        min_by(outcome, event_no) as first_outcome,
        min(changed_at) as first_at,
        max(changed_at) as last_at
    from events
    group by deal_id
),

spanned as (
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
        -- An event that leaves no stage is where the history of the deal begins: nothing has
        -- to be inferred. But what is lost was open before.
        coalesce(spans.from_stage_id = '' and spans.first_outcome != 'lost', false)
            as is_start_told
    from deals
    left join spans
        on deals.deal_id = spans.deal_id
)

select * from spanned
