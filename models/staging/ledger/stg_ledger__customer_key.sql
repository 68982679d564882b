with

written as (
    select * from {{ source('ledger', 'customer_key') }}
),

renamed as (
    select hash_key from written
)

select * from renamed
