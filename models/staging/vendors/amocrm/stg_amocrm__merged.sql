with

events as (
    select * from {{ landed('amocrm', 'events') }}
    where type = 'entity_merged'
),

-- Where in the event the merged ones stand is not written down by the vendor:
-- whatever has an id there and is not the one that is left.
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
