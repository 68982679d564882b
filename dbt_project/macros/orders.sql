{#- The id of the lead and of the deal that an order makes: orders of two sources may have one id. -#}
{% macro order_key(orders) -%}
    'order:' || {{ orders }}.source || ':' || {{ orders }}.order_id
{%- endmacro %}

{#- The deliveries of orders that do not count, as that of another source does (`kept_source`), from the
    landed `orders` and `lines`: a row per source and order. Deliveries of one shop and number, made
    within a day of each other, are one order: numbers of a shop begin anew now and then. The delivery
    that tells of goods counts, then the one that knows the latest of the order, then that of the source
    with most orders of the shop. -#}
{% macro repeated_orders(orders, lines) -%}
    select
        source,
        order_id,
        first_value(source) over (
            partition by shop_key, order_id, number_no
            order by has_lines desc, changed_at desc, orders_of_shop desc, source asc
        ) as kept_source
    from (
        select
            *,
            sum(is_first) over (
                partition by shop_key, order_id
                order by created_at, source
                rows between unbounded preceding and current row
            ) as number_no
        from (
            select
                made.*,
                shops.orders_of_shop,
                told.order_id is not null as has_lines,
                case
                    when made.created_at <= {{ dbt.dateadd(
                        'day', 1, 'lag(made.created_at) over numbers'
                    ) }}
                        then 0
                    else 1
                end as is_first
            from ({{ made_orders(orders) }}) as made
            inner join (
                select shop_key, order_id
                from ({{ made_orders(orders) }}) as delivered
                group by shop_key, order_id
                having min(source) != max(source)
            ) as numbers_of_several using (shop_key, order_id)
            inner join (
                select source, shop_key, count(*) as orders_of_shop
                from ({{ made_orders(orders) }}) as delivered
                group by source, shop_key
            ) as shops using (source, shop_key)
            left join (select distinct source, order_id from {{ lines }}) as told
                using (source, order_id)
            window numbers as (
                partition by made.shop_key, made.order_id order by made.created_at, made.source
            )
        ) as parted
    ) as numbered
    qualify source != kept_source
{%- endmacro %}

{% macro made_orders(orders) -%}
    select
        source,
        order_id,
        lower(shop) as shop_key,
        created_at,
        greatest(
            created_at
            {%- for event in ['status_changed', 'paid', 'delivered', 'cancelled'] %},
            coalesce({{ event }}_at, created_at)
            {%- endfor %}
        ) as changed_at
    from {{ orders }}
    where created_at < {{ as_of_end() }}
{%- endmacro %}

{#- By stage of an order its semantics in the pipeline of a shop that tells of payments, and of one that
    does not; none: it has no such stage. -#}
{% macro order_stages() -%}
    {{ return({
        'new': ('open', 'open'),
        'paid': ('won', none),
        'shipped': ('post_won', 'open'),
        'delivered': ('post_won', 'won'),
        'cancelled': ('lost', 'lost'),
        'returned': ('lost', 'lost'),
    }) }}
{%- endmacro %}

{#- The semantics of a stage, by `is_payment_told` of the shop. -#}
{% macro order_semantics(stage) -%}
    {%- set told, untold = order_stages()[stage] -%}
    {%- if told == untold or untold is none -%}
    '{{ told }}'
    {%- else -%}
    case when is_payment_told then '{{ told }}' else '{{ untold }}' end
    {%- endif -%}
{%- endmacro %}
