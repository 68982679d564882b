with landed as (
    select * from {{ source('landing', 'users') }}
),

renamed as (
    select
        source,
        -- ids
        user_id,
        -- text
        name,
        email,
        phone_ext,
        team,
        department,
        role,
        -- booleans
        is_active,
        -- dates and times
        hired_on,
        left_on,
        updated_at
    from landed
)

select * from renamed
