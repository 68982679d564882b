with recorded as (
    select * from {{ source('ledger', 'loads') }}
),

renamed as (
    select
        as_of_date,
        source,
        entity,
        file,
        rows_delivered,
        rows_loaded,
        rows_quarantined,
        rows_superseded
    from recorded
)

select * from renamed
