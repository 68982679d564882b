with

products as (
    select * from {{ ref('stg_entities__products') }}
),

-- Products are also known from the lines, the stock and the fees that name them.
named as (
    select product_id from {{ ref('int_order_lines__valued') }}
    union
    select product_id from {{ ref('stg_entities__stock') }}
    where date <= {{ as_of_date() }}
    union
    select product_id from {{ ref('stg_entities__fees') }}
    where date <= {{ as_of_date() }} and product_id is not null
),

unlisted as (
    select named.product_id
    from named
    anti join products
        on named.product_id = products.product_id
),

united as (
    select
        product_id,
        name,
        sku,
        category,
        brand,
        cost,
        case
            when cost is not null then coalesce(upper(currency), '{{ var("base_currency") }}')
        end as currency,
        is_active,
        true as is_listed
    from products

    union all

    select
        product_id,
        null as name,
        null as sku,
        null as category,
        null as brand,
        null as cost,
        null as currency,
        null as is_active,
        false as is_listed
    from unlisted
)

select * from united
