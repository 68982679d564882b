with

marked as (
    select * from {{ source('identity', 'test_marks') }}
),

renamed as (
    select
        kind,
        raw_value,
        value
    from marked
)

select * from renamed
