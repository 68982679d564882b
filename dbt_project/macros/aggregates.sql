{#- The middle value, between the two middle ones where their number is even. NULLs are left out. -#}
{% macro median(expression) -%}
    {{ percentile(expression, 0.5) }}
{%- endmacro %}

{#- The value below which the share `share` of the values lies, interpolated between neighbours. -#}
{% macro percentile(expression, share) -%}
    percentile_cont({{ share }}) within group (order by {{ expression }})
{%- endmacro %}

{#- A ratio that is NULL, never 0, where its denominator is 0 or NULL. -#}
{% macro safe_divide(numerator, denominator) -%}
    (cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0))
{%- endmacro %}
