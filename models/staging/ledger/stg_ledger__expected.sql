with recorded as (
    select * from {{ source('ledger', 'expected') }}
),

renamed as (
    select
        source,
        entity
    from recorded
)

select * from renamed
