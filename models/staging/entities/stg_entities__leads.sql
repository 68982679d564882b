with landed as (
    select * from {{ source('landing', 'leads') }}
),

renamed as (
    select
        source,
        lead_id,
        click_id,
        client_id,
        contact_id,
        owner_id,
        deal_id,
        source_type,
        channel,
        utm_source,
        utm_medium,
        utm_campaign,
        utm_content,
        utm_term,
        referrer,
        landing_page,
        phone,
        email,
        messenger,
        company,
        segment,
        country,
        city,
        status,
        junk_reason,
        coalesce(is_test, false) as is_test,
        created_at,
        qualified_at,
        converted_at,
        updated_at
    from landed
)

select * from renamed
