with landed as (
    select * from {{ source('landing', 'touchpoints') }}
),

renamed as (
    select
        source,
        -- ids
        touchpoint_id,
        client_id,
        contact_id,
        lead_id,
        campaign_id,
        -- text
        type,
        phone,
        email,
        utm_source,
        utm_medium,
        utm_campaign,
        utm_content,
        utm_term,
        referrer,
        channel,
        -- dates and times
        occurred_at,
        updated_at
    from landed
)

select * from renamed
