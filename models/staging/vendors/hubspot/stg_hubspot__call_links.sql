with

calls as (
    select * from {{ ref('stg_hubspot__calls') }}
    where session_id is not null
),

-- The legs of one call may be logged one by one.
renamed as (
    select
        source,
        -- ids
        session_id,
        min(lead_id) as lead_id,
        min(deal_id) as deal_id,
        -- times
        max(updated_at) as updated_at
    from calls
    group by source, session_id
)

select * from renamed
