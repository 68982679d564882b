with landed as (
    select * from {{ source('landing', 'payments') }}
),

renamed as (
    select
        source,
        -- ids
        payment_id,
        deal_id,
        -- text
        upper(currency) as currency,
        -- numbers
        abs(amount) as amount,
        -- booleans
        coalesce(is_refund, false) or amount < 0 as is_refund,
        -- dates and times
        paid_at,
        updated_at
    from landed
)

select * from renamed
