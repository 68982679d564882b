{#- Whether an ad day lies outside the days that platforms still correct: a day before the as_of day
    less the restatement days. -#}
{% macro is_final_day(date_column) -%}
    {%- set days = var('ad_restatement_days') | int -%}
    {{ date_column }} < {{ dbt.dateadd('day', -days, as_of_date()) }}
{%- endmacro %}

{#- The last day of creation whose leads of a segment are mature. -#}
{% macro last_mature_day(segment) -%}
    {%- set days = var('maturity_days_' ~ segment) | int -%}
    {{ dbt.dateadd('day', -days, as_of_date()) }}
{%- endmacro %}
