with recorded as (
    select * from {{ source('ledger', 'checks') }}
),

renamed as (
    select
        as_of_date,
        gate,
        date,
        source,
        entity,
        check_id,
        dimension,
        value,
        threshold,
        passed,
        severity,
        affected_marts
    from recorded
)

select * from renamed
