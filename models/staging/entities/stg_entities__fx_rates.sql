with landed as (
    select * from {{ source('landing', 'fx_rates') }}
),

renamed as (
    select
        source,
        -- text
        upper(currency) as currency,
        -- numbers
        rate_to_base,
        -- dates and times
        date,
        updated_at
    from landed
)

select * from renamed
