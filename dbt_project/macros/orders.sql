{#- The id of the lead and of the deal that an order makes: orders of two sources may have one id. -#}
{% macro order_key(orders) -%}
    'order:' || {{ orders }}.source || ':' || {{ orders }}.order_id
{%- endmacro %}
