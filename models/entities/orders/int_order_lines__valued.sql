{%- set measures = ['revenue', 'returned_amount', 'list_amount', 'cost', 'returned_cost'] -%}

with

orders as (
    select * from {{ ref('int_orders__placed') }}
),

products as (
    select * from {{ ref('stg_entities__products') }}
),

rates as (
    select * from {{ ref('int_fx_rates__daily') }}
),

-- An order that came back has returned all of its units.
ordered as (
    select
        delivered.source,
        delivered.order_id,
        delivered.line_no,
        delivered.product_id,
        delivered.quantity,
        case
            when orders.status = 'returned' then delivered.quantity
            else greatest(0, least(coalesce(delivered.returned_quantity, 0), delivered.quantity))
        end as returned_quantity,
        delivered.price,
        delivered.list_price,
        delivered.cost as line_cost,
        products.cost as product_cost,
        orders.currency,
        coalesce(upper(products.currency), '{{ var("base_currency") }}') as product_currency,
        {{ business_date('orders.created_at') }} as rate_date
    from {{ ref('stg_entities__order_lines') }} as delivered
    inner join orders using (source, order_id)
    left join products using (product_id)
),

-- What a unit costs by its product is converted at the rates of the day of the order.
rated as (
    select
        ordered.source,
        ordered.order_id,
        ordered.line_no,
        ordered.product_id,
        ordered.quantity,
        ordered.returned_quantity,
        ordered.price,
        ordered.list_price,
        ordered.currency,
        rates.rate_to_base,
        coalesce(
            ordered.line_cost,
            case
                when ordered.product_currency = ordered.currency then ordered.product_cost
                else cast(
                    cast(ordered.product_cost as double)
                    * cast(product_rates.rate_to_base as double)
                    / cast(rates.rate_to_base as double) as {{ landed_money() }}
                )
            end
        ) as unit_cost
    from ordered
    left join rates
        on
            ordered.rate_date = rates.date
            and ordered.currency = rates.currency
    left join rates as product_rates
        on
            ordered.rate_date = product_rates.date
            and ordered.product_currency = product_rates.currency
),

multiplied as (
    select
        *,
        {{ money_for('price', 'quantity') | indent(8) }} as revenue,
        {{ money_for('price', 'returned_quantity') | indent(8) }} as returned_amount,
        {{ money_for('list_price', 'quantity') | indent(8) }} as list_amount,
        {{ money_for('unit_cost', 'quantity') | indent(8) }} as cost,
        {{ money_for('unit_cost', 'returned_quantity') | indent(8) }} as returned_cost
    from rated
),

valued as (
    select
        source,
        order_id,
        line_no,
        product_id,
        quantity,
        returned_quantity,
        price,
        list_price,
        unit_cost,
        {%- for measure in measures %}
        {{ measure }},
        {{ in_base(measure, 'rate_to_base') | indent(8) }} as {{ measure }}_base,
        {%- endfor %}
        currency
    from multiplied
)

select * from valued
