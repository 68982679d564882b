with

objects as (
    select * from {{ ref('stg_hubspot__objects') }}
),

history as (
    select * from {{ landed('hubspot', 'history') }}
    where property = 'hs_merged_object_ids'
),

named as (
    select
        kind,
        source,
        id as survivor_id,
        updated_at,
        {{ matches('merged_ids', "'([0-9]+)'") }} as loser_id
    from objects
),

told as (
    select
        kind,
        source,
        id as survivor_id,
        changed_at,
        {{ matches('value', "'([0-9]+)'") }} as loser_id
    from history
),

merged_since as (
    select
        kind,
        source,
        survivor_id,
        loser_id,
        min(changed_at) as merged_at
    from told
    group by kind, source, survivor_id, loser_id
),

-- Whoever took in others may have been taken in later: the last of them names them all.
survivors as (
    select named.*
    from named
    left join named as taken_in
        on
            named.kind = taken_in.kind
            and named.source = taken_in.source
            and named.survivor_id = taken_in.loser_id
            and taken_in.survivor_id != taken_in.loser_id
    where taken_in.loser_id is null and named.loser_id != named.survivor_id
    qualify row_number() over (
        partition by named.kind, named.source, named.loser_id
        order by named.updated_at desc nulls last, named.survivor_id asc
    ) = 1
),

merged as (
    select
        survivors.kind,
        survivors.source,
        survivors.loser_id,
        survivors.survivor_id,
        merged_since.merged_at
    from survivors
    left join merged_since
        on
            survivors.kind = merged_since.kind
            and survivors.source = merged_since.source
            and survivors.survivor_id = merged_since.survivor_id
            and survivors.loser_id = merged_since.loser_id
)

select * from merged
