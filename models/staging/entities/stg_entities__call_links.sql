with landed as (
    select * from {{ source('landing', 'call_links') }}
),

renamed as (
    select
        source,
        -- ids
        session_id,
        lead_id,
        deal_id,
        -- dates and times
        updated_at
    from landed
)

select * from renamed
