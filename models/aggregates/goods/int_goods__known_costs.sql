with

-- A cost in the list of products has no date.
costs as (
    select
        product_id,
        {{ period_start('month', 'created_on') }} as known_from
    from {{ ref('fct_order_line') }}
    where cost_base is not null and not is_test

    union all

    select
        product_id,
        cast('1970-01-01' as date) as known_from
    from {{ ref('dim_product') }}
    where cost is not null

    union all

    select
        'unassigned' as product_id,
        cast('1970-01-01' as date) as known_from
),

final as (
    select
        product_id,
        cast(min(known_from) as date) as known_from
    from costs
    group by product_id
)

select * from final
