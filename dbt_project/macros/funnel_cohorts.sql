{#- The slices of the funnel with their cohort grains. Slices other than `all` have only months and
    all time, because days and weeks of a slice would have few deals. -#}
{% macro funnel_cohorts() -%}
    {{ return([
        ('all', 'day'), ('all', 'week'), ('all', 'month'), ('all', 'all'),
        ('channel', 'month'), ('channel', 'all'),
        ('segment', 'month'), ('segment', 'all'),
        ('manager', 'month'), ('manager', 'all'),
        ('client_type', 'month'), ('client_type', 'all'),
    ]) }}
{%- endmacro %}

{#- First day of the cohort of a date. The cohort of all time has a fixed first day: it is part of a
    key, so it must not be NULL and must not change when older deals arrive. -#}
{% macro funnel_cohort_start(grain, date_column) -%}
    {%- if grain == 'all' -%}
        cast('1970-01-01' as date)
    {%- else -%}
        {{ period_start(grain, date_column) }}
    {%- endif -%}
{%- endmacro %}
