with

written as (
    select * from {{ source('ledger', 'days_off') }}
),

renamed as (
    select date from written
)

select * from renamed
