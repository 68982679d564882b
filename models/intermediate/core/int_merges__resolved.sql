with recursive

steps as (
    select
        entity,
        loser_id,
        survivor_id
    from {{ ref('stg_entities__merges') }}
    where
        loser_id != survivor_id
        and (merged_at is null or merged_at < {{ as_of_end() }})
    qualify row_number() over (
        partition by entity, loser_id
        order by merged_at desc nulls last, survivor_id asc
    ) = 1
),

-- The bound ends a circle; no real chain is that long.
chains as (
    select
        entity,
        loser_id,
        survivor_id,
        1 as depth
    from steps

    union all

    select
        chains.entity,
        chains.loser_id,
        steps.survivor_id,
        chains.depth + 1 as depth
    from chains
    inner join steps
        on
            chains.entity = steps.entity
            and chains.survivor_id = steps.loser_id
    where chains.depth < 100
),

-- A circle has no last survivor: its records stay apart, so that none is lost.
resolved as (
    select
        chains.entity,
        chains.loser_id,
        chains.survivor_id
    from chains
    anti join steps
        on
            chains.entity = steps.entity
            and chains.survivor_id = steps.loser_id
)

select * from resolved
