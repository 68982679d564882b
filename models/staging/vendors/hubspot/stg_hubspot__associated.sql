with

associations as (
    select * from {{ landed('hubspot', 'associations') }}
),

present as (
    select * from {{ ref('stg_hubspot__present') }}
),

merged as (
    select * from {{ ref('stg_hubspot__merged') }}
),

listed as (
    select
        source,
        kind,
        id,
        other_kind,
        {{ json_rows('linked', ['id', 'label']) }} as item
    from associations
),

told as (
    select
        source,
        kind,
        id,
        other_kind,
        item['id'] as other_id,
        item['label'] like '%Primary%' as is_primary
    from listed
    union all
    -- A lead and its deal may have been read on two nights.
    select
        source,
        other_kind as kind,
        item['id'] as id,
        kind as other_kind,
        id as other_id,
        false as is_primary
    from listed
    where kind in ('leads', 'deals') and other_kind in ('leads', 'deals')
),

current_ids as (
    select
        told.source,
        told.kind,
        coalesce(taken_in.survivor_id, told.id) as id,
        told.other_kind,
        coalesce(linked_to.survivor_id, told.other_id) as other_id,
        told.is_primary
    from told
    left join merged as taken_in
        on
            told.source = taken_in.source
            and told.kind = taken_in.kind
            and told.id = taken_in.loser_id
    left join merged as linked_to
        on
            told.source = linked_to.source
            and told.other_kind = linked_to.kind
            and told.other_id = linked_to.loser_id
),

-- What is archived is associated with nothing any more.
there as (
    select current_ids.*
    from current_ids
    inner join present as own
        on
            current_ids.source = own.source
            and current_ids.kind = own.kind
            and current_ids.id = own.id
            and not own.is_archived
    left join present as linked_to
        on
            current_ids.source = linked_to.source
            and current_ids.other_kind = linked_to.kind
            and current_ids.other_id = linked_to.id
    where not coalesce(linked_to.is_archived, false)
),

associated as (
    select
        source,
        kind,
        id,
        other_kind,
        other_id
    from there
    -- The smallest number is the oldest.
    qualify row_number() over (
        partition by source, kind, id, other_kind
        order by is_primary desc, length(other_id) asc, other_id asc
    ) = 1
)

select * from associated
