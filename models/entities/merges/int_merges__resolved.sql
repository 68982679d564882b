with

followed as (
    select * from {{ ref('int_merges__followed') }}
),

resolved as (
    select
        entity,
        loser_id,
        last_survivor_id as survivor_id
    from followed
    where fate = 'merged'
)

select * from resolved
