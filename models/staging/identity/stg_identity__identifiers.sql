with

spelt_out as (
    select * from {{ source('identity', 'identifiers') }}
),

renamed as (
    select
        kind,
        raw_value,
        value
    from spelt_out
)

select * from renamed
