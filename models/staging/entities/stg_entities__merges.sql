with landed as (
    select * from {{ source('landing', 'merges') }}
),

renamed as (
    select
        source,
        -- ids
        entity,
        loser_id,
        survivor_id,
        -- dates and times
        merged_at,
        updated_at
    from landed
)

select * from renamed
