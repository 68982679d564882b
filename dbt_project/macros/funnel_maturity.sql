{#- The last day of a cohort. The cohort of all time has no last day. -#}
{% macro funnel_cohort_end(grain_column, start_column) -%}
    case {{ grain_column }}
        when 'day' then {{ start_column }}
        when 'week' then cast({{ dbt.dateadd('day', 6, start_column) }} as date)
        when 'month'
            then cast({{ dbt.dateadd(
                'day', -1, dbt.dateadd('month', 1, start_column)
            ) }} as date)
    end
{%- endmacro %}

{#- The latest last day of a cohort that is mature on the as_of day. Each segment has its own number of
    days; an unknown segment has that of b2c; mixed segments have the larger one. -#}
{% macro funnel_last_mature_day(slice_type_column, slice_value_column) -%}
    {%- set b2c, b2b = var('maturity_days_b2c') | int, var('maturity_days_b2b') | int -%}
    cast(case
        when {{ slice_type_column }} = 'segment' and {{ slice_value_column }} = 'b2b'
            then {{ dbt.dateadd('day', -b2b, as_of_date()) }}
        when {{ slice_type_column }} = 'segment'
            then {{ dbt.dateadd('day', -b2c, as_of_date()) }}
        else {{ dbt.dateadd('day', -([b2c, b2b] | max), as_of_date()) }}
    end as date)
{%- endmacro %}
