with

lines as (select * from {{ ref('fct_order_line') }}),

sales as (select * from {{ ref('int_goods__sales') }}),

fees as (
    select
        date,
        {{ period_start('month', 'date') }} as period_start,
        shop,
        kind,
        order_source as source,
        order_id,
        product_id,
        sum(amount_base) as amount
    from {{ ref('fct_fee') }}
    where not is_test
    group by all
),

-- How the products of an order share its fees, and those sold in a month the fees of the shop.
{%- for name, keys, relation, day in [
    ('order', ['source', 'order_id'], 'lines', none), ('shop', ['period_start', 'shop'], 'sales', 'date'),
] %}

{{ name }}_products as (
    select
        {%- for key in keys %}
        {{ period_start('month', day) ~ ' as ' if key == 'period_start' }}{{ key }},
        {%- endfor %}
        product_id,
        greatest(0, sum(revenue)) as weight
    from {{ relation }}
    group by all
),

{{ name }}_shares as (
    select
        *,
        sum(weight) over (
            partition by {{ keys | join(', ') }} order by product_id rows unbounded preceding
        ) as running_weight,
        sum(weight) over (partition by {{ keys | join(', ') }}) as total
    from {{ name }}_products
    where weight > 0
),
{%- endfor %}

of_orders as (
    select
        fees.date,
        fees.shop,
        order_shares.product_id,
        fees.kind,
        {{ part_of(
            'fees.amount', 'order_shares.weight', 'order_shares.running_weight', 'order_shares.total'
        ) | indent(8) }} as amount
    from fees
    inner join order_shares using (source, order_id)
    where fees.product_id is null
),

-- What names no product, and no order whose lines are known.
of_shops as (
    select
        fees.date,
        fees.period_start,
        fees.shop,
        fees.kind,
        sum(fees.amount) as amount
    from fees
    anti join order_shares using (source, order_id)
    where fees.product_id is null
    group by all
),

parts as (
    select
        date,
        shop,
        product_id,
        kind,
        amount
    from fees
    where product_id is not null

    union all

    select * from of_orders

    union all

    select
        of_shops.date,
        of_shops.shop,
        coalesce(shop_shares.product_id, 'unassigned') as product_id,
        of_shops.kind,
        case
            when shop_shares.product_id is null then of_shops.amount
            else {{ part_of(
                'of_shops.amount', 'shop_shares.weight', 'shop_shares.running_weight', 'shop_shares.total'
            ) | indent(12) }}
        end as amount
    from of_shops
    left join shop_shares using (period_start, shop)
),

summed as (
    select
        date,
        shop,
        product_id,
        {{- fee_sums(fee_columns(), 'amount') | indent(4) }}
    from parts
    group by date, shop, product_id
)

select * from summed
