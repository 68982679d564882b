with

merged as (
    select * from {{ ref('stg_hubspot__merged') }}
),

renamed as (
    select
        source,
        kind as entity,
        loser_id,
        survivor_id,
        merged_at,
        cast(null as timestamp) as updated_at
    from merged
)

select * from renamed
