{# The slices of the funnel and the cohort grains each is counted in: days and weeks of a slice
   would hold a handful of deals each, so slices other than all come by month and for all time. #}
{% macro funnel_slices() %}
    {{ return({
        'all': ['day', 'week', 'month', 'all'],
        'channel': ['month', 'all'],
        'segment': ['month', 'all'],
        'manager': ['month', 'all'],
        'client_type': ['month', 'all'],
    }) }}
{% endmacro %}


{# First day of the cohort that a business date falls into. The one cohort of all time starts at a
   fixed date, since a part of a key is never NULL and must not move when older deals arrive. #}
{% macro funnel_cohort_start(grain, date_column) %}
    {%- if grain == 'all' -%}
        cast('1970-01-01' as date)
    {%- else -%}
        {{ period_start(grain, date_column) }}
    {%- endif -%}
{% endmacro %}
