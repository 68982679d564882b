{#- Whether platforms no longer correct an ad day: it is before the as_of day minus the restatement
    days. -#}
{% macro is_final_day(date_column) -%}
    {%- set days = var('ad_restatement_days') | int -%}
    {{ date_column }} < {{ dbt.dateadd('day', -days, as_of_date()) }}
{%- endmacro %}

{#- The last day of creation whose leads of a segment are mature; without a segment, as for b2c. -#}
{% macro last_mature_day(segment) -%}
    case
        when {{ segment }} = 'b2b'
            then {{ dbt.dateadd('day', -(var('maturity_days_b2b') | int), as_of_date()) }}
        else {{ dbt.dateadd('day', -(var('maturity_days_b2c') | int), as_of_date()) }}
    end
{%- endmacro %}
