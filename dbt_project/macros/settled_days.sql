{#- Whether platforms no longer correct an ad day: it is before the as_of day minus the restatement
    days. -#}
{% macro is_final_day(date_column) -%}
    {%- set days = var('ad_restatement_days') | int -%}
    {{ date_column }} < {{ dbt.dateadd('day', -days, as_of_date()) }}
{%- endmacro %}

{#- The last day of creation whose leads are mature, for a segment. -#}
{% macro last_mature_day(segment) -%}
    {%- set days = var('maturity_days_' ~ segment) | int -%}
    {{ dbt.dateadd('day', -days, as_of_date()) }}
{%- endmacro %}
