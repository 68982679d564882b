with landed as (
    select * from {{ source('landing', 'contacts') }}
),

renamed as (
    select
        source,
        -- ids
        contact_id,
        company_id,
        -- text
        name,
        phones,
        emails,
        messengers,
        segment,
        city,
        country,
        -- dates and times
        created_at,
        updated_at
    from landed
)

select * from renamed
