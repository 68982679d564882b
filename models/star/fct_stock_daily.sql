with

stock as (
    select
        source,
        date,
        shop,
        warehouse,
        product_id,
        quantity,
        reserved,
        in_transit
    from {{ ref('stg_entities__stock') }}
    where date <= {{ as_of_date() }}
)

select * from stock
