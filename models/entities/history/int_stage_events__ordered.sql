with

events as (
    select * from {{ ref('int_stage_events__numbered') }}
    where
        entity = 'deals'
        and outcome is not null
        and changed_at < {{ as_of_end() }}
),

deals as (
    select * from {{ ref('int_deals__surviving') }}
),

ordered as (
    select
        events.record_id as deal_id,
        row_number() over (partition by events.record_id order by events.event_no)
            as event_no,
        events.pipeline_id,
        events.stage_id,
        events.outcome,
        events.from_stage_id,
        events.changed_at,
        events.changed_by
    from events
    inner join deals
        on events.record_id = deals.deal_id
)

select * from ordered
