{#- The slices of the funnel with the cohort grains each is counted in. Days and weeks of a slice
    would hold a handful of deals each: slices other than all come by month and for all time. -#}
{% macro funnel_cohorts() -%}
    {{ return([
        ('all', 'day'), ('all', 'week'), ('all', 'month'), ('all', 'all'),
        ('channel', 'month'), ('channel', 'all'),
        ('segment', 'month'), ('segment', 'all'),
        ('manager', 'month'), ('manager', 'all'),
        ('client_type', 'month'), ('client_type', 'all'),
    ]) }}
{%- endmacro %}

{#- First day of the cohort that a date falls into. The one cohort of all time starts at a fixed
    date: a part of a key is never NULL, and must not move when older deals arrive. -#}
{% macro funnel_cohort_start(grain, date_column) -%}
    {%- if grain == 'all' -%}
        cast('1970-01-01' as date)
    {%- else -%}
        {{ period_start(grain, date_column) }}
    {%- endif -%}
{%- endmacro %}
