{%- set measures = ['revenue', 'returned_amount', 'list_amount', 'cost', 'returned_cost'] -%}

with

lines as (
    select * from {{ ref('int_order_lines__valued') }}
),

orders as (
    select * from {{ ref('fct_order') }}
),

joined as (
    select
        lines.source,
        lines.order_id,
        lines.line_no,
        lines.product_id,
        orders.shop,
        orders.status,
        orders.created_at,
        orders.created_on,
        orders.customer_id,
        lines.quantity,
        lines.returned_quantity,
        lines.currency,
        lines.price,
        lines.list_price,
        lines.unit_cost,
        {%- for measure in measures %}
        lines.{{ measure }},
        lines.{{ measure }}_base,
        {%- endfor %}
        orders.is_test
    from lines
    inner join orders
        on
            lines.source = orders.source
            and lines.order_id = orders.order_id
)

select * from joined
