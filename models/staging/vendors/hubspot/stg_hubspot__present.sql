with

objects as (
    select * from {{ ref('stg_hubspot__objects') }}
),

merged as (
    select * from {{ ref('stg_hubspot__merged') }}
),

-- What is merged into another is no more, also where it was read before.
present as (
    select
        objects.kind,
        objects.source,
        objects.id,
        objects.is_archived
    from objects
    left join merged
        on
            objects.kind = merged.kind
            and objects.source = merged.source
            and objects.id = merged.loser_id
    where merged.loser_id is null
)

select * from present
