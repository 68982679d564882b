{#- The months that are over, of `dates`. -#}
{% macro months_over() -%}
    select distinct {{ period_start('month', 'date') }} as month_start
    from dates
    where
        {{ dbt.dateadd('month', 1, period_start('month', 'date')) }}
        <= {{ dbt.dateadd('day', 1, as_of_date()) }}
{%- endmacro %}

{#- The series of `sold`, and their first months, that are known well enough to look for a season in them:
    two years, and sales in every second month of them. `measure`: what is sold. -#}
{% macro seasonal_series(series, measure) -%}
    select
        {{ series }},
        min(month_start) as first_month
    from sold
    group by {{ series }}
    having
        {{ dbt.datediff('min(month_start)', as_of_date(), 'month') }} >= 23
        and 2 * count(*) filter (where {{ measure }} > 0)
        > {{ dbt.datediff('min(month_start)', as_of_date(), 'month') }}
{%- endmacro %}
