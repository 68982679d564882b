with

events as (
    select * from {{ landed('amocrm', 'events') }}
    where type = 'entity_merged'
),

-- The vendor does not document where the event has the merged records:
-- every id in the event except the survivor is one.
named as (
    select
        source,
        id as event_id,
        entity_type,
        entity_id as survivor_id,
        created_at as merged_at,
        {{ matches(
            "concat(coalesce(value_before, ''), coalesce(value_after, ''))",
            "'.id.:[^0-9]{0,2}([0-9]+)'"
        ) }} as loser_id
    from events
),

merged as (
    select
        source,
        entity_type,
        loser_id,
        survivor_id,
        merged_at
    from named
    where loser_id != survivor_id
    qualify row_number() over (
        partition by source, entity_type, loser_id
        order by merged_at desc, event_id desc
    ) = 1
)

select * from merged
