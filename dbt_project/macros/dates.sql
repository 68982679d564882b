{#- dbt's own functions of days and times on Spark. Those of dbt-spark go through the time zone of the
    session and count no boundaries of months; these do as DuckDB's. -#}

{% macro spark__dateadd(datepart, interval, from_date_or_timestamp) -%}
    {%- set months = {'month': 1, 'quarter': 3, 'year': 12} -%}
    {%- set seconds = {'second': 1, 'minute': 60, 'hour': 3600} -%}
    (cast({{ from_date_or_timestamp }} as timestamp) +
    {%- if datepart in months %} make_ym_interval(0, cast(({{ interval }}) * {{ months[datepart] }} as int))
    {%- elif datepart in seconds %} make_dt_interval(0, 0, 0, ({{ interval }}) * {{ seconds[datepart] }})
    {%- else %} make_dt_interval(cast(({{ interval }}) * {{ {'day': 1, 'week': 7}[datepart] }} as int))
    {%- endif -%}
    )
{%- endmacro %}

{#- The number of days, weeks (from Monday), hours or months that begin after the first and by the second. -#}
{% macro spark__datediff(first_date, second_date, datepart) -%}
    {%- if datepart == 'day' -%}
    datediff({{ second_date }}, {{ first_date }})
    {%- elif datepart == 'week' -%}
    cast(datediff(date_trunc('week', {{ second_date }}), date_trunc('week', {{ first_date }})) / 7 as int)
    {%- elif datepart == 'hour' -%}
    timestampdiff(hour, date_trunc('hour', {{ first_date }}), date_trunc('hour', {{ second_date }}))
    {%- else -%}
    (
        (year({{ second_date }}) - year({{ first_date }})) * 12
        + month({{ second_date }}) - month({{ first_date }})
    )
    {%- endif -%}
{%- endmacro %}

{% macro spark__date_trunc(datepart, date) -%}
    cast(date_trunc('{{ datepart }}', {{ date }}) as timestamp)
{%- endmacro %}

{% macro spark__last_day(date, datepart) -%}
    {{ dbt.default_last_day(date, datepart) }}
{%- endmacro %}
