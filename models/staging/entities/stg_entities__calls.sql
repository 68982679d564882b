with landed as (
    select * from {{ source('landing', 'calls') }}
),

renamed as (
    select
        source,
        -- ids
        call_id,
        coalesce(session_id, call_id) as session_id,
        user_id,
        user_email,
        lead_id,
        deal_id,
        -- text
        direction,
        result,
        phone_ext,
        client_phone,
        line_phone,
        recording_url,
        -- numbers
        leg_no,
        queue_seconds,
        ring_seconds,
        talk_seconds,
        -- dates and times
        started_at,
        answered_at,
        ended_at,
        updated_at
    from landed
)

select * from renamed
