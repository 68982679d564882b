{#- The ages in days at which the cohorts of leads are looked at. -#}
{% macro lead_cohort_days() -%}
    {{ return([0, 1, 3, 7, 14, 30, 60, 90, 180]) }}
{%- endmacro %}
