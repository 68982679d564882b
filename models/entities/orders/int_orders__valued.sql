{%- set measures = ['revenue', 'returned_amount', 'list_amount', 'cost', 'returned_cost'] -%}

with

lines as (
    select * from {{ ref('int_order_lines__valued') }}
),

-- What one line lacks the order lacks.
valued as (
    select
        source,
        order_id,
        {%- for measure in measures %}
        {%- for column in [measure, measure ~ '_base'] %}
        case when count({{ column }}) = count(*) then sum({{ column }}) end as {{ column }},
        {%- endfor %}
        {%- endfor %}
        count(*) as lines_count,
        sum(quantity) as units,
        sum(returned_quantity) as returned_units
    from lines
    group by source, order_id
)

select * from valued
