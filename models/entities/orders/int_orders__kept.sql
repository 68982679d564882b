{%- set times = ['status_changed_at', 'paid_at', 'delivered_at', 'cancelled_at'] -%}

with

orders as (
    select
        source,
        order_id,
        lower(shop) as shop_key,
        created_at,
        greatest(
            created_at
            {%- for time in times %},
            coalesce({{ time }}, created_at)
            {%- endfor %}
        ) as changed_at
    from {{ ref('stg_entities__orders') }}
    where created_at < {{ as_of_end() }}
),

lines as (
    select distinct
        source,
        order_id
    from {{ ref('stg_entities__order_lines') }}
),

-- Numbers of a shop begin anew now and then: one number days apart is that of two orders.
parted as (
    select
        orders.*,
        lines.order_id is not null as has_lines,
        count(*) over (partition by orders.source, orders.shop_key) as orders_of_shop,
        case
            when orders.created_at <= {{ dbt.dateadd(
                'day', 1, 'lag(orders.created_at) over numbers'
            ) }}
                then 0
            else 1
        end as is_first
    from orders
    left join lines
        on
            orders.source = lines.source
            and orders.order_id = lines.order_id
    window numbers as (
        partition by orders.shop_key, orders.order_id order by orders.created_at, orders.source
    )
),

numbered as (
    select
        *,
        sum(is_first) over (
            partition by shop_key, order_id
            order by created_at, source
            rows between unbounded preceding and current row
        ) as number_no
    from parted
),

-- The delivery that tells of goods, then the one that knows the latest of the order, then that of
-- the source with most orders of the shop.
final as (
    select
        source,
        order_id,
        first_value(source) over (
            partition by shop_key, order_id, number_no
            order by has_lines desc, changed_at desc, orders_of_shop desc, source asc
        ) as kept_source
    from numbered
)

select * from final
