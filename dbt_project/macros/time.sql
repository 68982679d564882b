{#- Times are stored as UTC without a zone; days, weeks and months are those of the business zone. -#}

{#- The local time in the business zone of a UTC timestamp. -#}
{% macro business_time(timestamp_column) -%}
    {{ adapter.dispatch('business_time', 'voronka')(timestamp_column) }}
{%- endmacro %}

{% macro duckdb__business_time(timestamp_column) -%}
    timezone('{{ var("time_zone") }}', timezone('UTC', {{ timestamp_column }}))
{%- endmacro %}

{% macro spark__business_time(timestamp_column) -%}
    convert_timezone('UTC', '{{ var("time_zone") }}', {{ timestamp_column }})
{%- endmacro %}

{#- The day of a UTC timestamp in the business zone. -#}
{% macro business_date(timestamp_column) -%}
    cast({{ business_time(timestamp_column) }} as date)
{%- endmacro %}

{#- The UTC time at which a day begins in the business zone. -#}
{% macro business_day_start(date_column) -%}
    {{ business_clock(date_column, 0) }}
{%- endmacro %}

{#- The UTC time of a minute of a day of the business zone; minutes count from local midnight. -#}
{% macro business_clock(date_column, minute) -%}
    {{ adapter.dispatch('business_clock', 'voronka')(
        dbt.dateadd('minute', minute, 'cast(' ~ date_column ~ ' as timestamp)')
        if minute else date_column
    ) }}
{%- endmacro %}

{% macro duckdb__business_clock(local_time) -%}
    timezone('UTC', timezone('{{ var("time_zone") }}', cast({{ local_time }} as timestamp)))
{%- endmacro %}

{% macro spark__business_clock(local_time) -%}
    convert_timezone('{{ var("time_zone") }}', 'UTC', cast({{ local_time }} as timestamp_ntz))
{%- endmacro %}

{#- The seconds of working hours from the first day of the calendar to a UTC timestamp. The working
    time between two timestamps is the difference of their values. `hours` is the row of
    int_dates__working_hours for the business day of the timestamp. Before opening, the value is that
    of the last closing time: a lead that arrives at night has waited 0 seconds at opening. -#}
{% macro working_seconds_until(timestamp_column, hours) -%}
    {{ hours }}.working_seconds_before + least(
        {{ hours }}.working_seconds,
        greatest(0, {{ seconds_between(hours ~ '.opens_at', timestamp_column) }})
    )
{%- endmacro %}

{#- The day for which the night is computed. -#}
{% macro as_of_date() -%}
    cast('{{ var("as_of") }}' as date)
{%- endmacro %}

{#- The day after: until then lasts what has not ended. A join on two bounds that are never NULL need
    not compare every pair of rows. -#}
{% macro day_after_as_of() -%}
    cast({{ dbt.dateadd('day', 1, as_of_date()) }} as date)
{%- endmacro %}

{#- The UTC time at which the as_of day ends in the business zone; events at this time or later are
    not counted. A literal, so that models compare with a constant. -#}
{% macro as_of_end() -%}
    {%- set zone = modules.pytz.timezone(var("time_zone")) -%}
    {%- set day = modules.datetime.datetime.strptime(var("as_of") | string, "%Y-%m-%d") -%}
    {%- set next_day = day + modules.datetime.timedelta(days=1) -%}
    {%- set utc = zone.localize(next_day).astimezone(modules.pytz.utc) -%}
    cast('{{ utc.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp)
{%- endmacro %}

{#- The first day of the period (day, ISO week from Monday, or month) of a date. -#}
{% macro period_start(grain, date_column) -%}
    {%- if grain == 'day' -%}
        {{ date_column }}
    {%- else -%}
        cast({{ dbt.date_trunc(grain, date_column) }} as date)
    {%- endif -%}
{%- endmacro %}

{#- Hours from one timestamp to another, with fractions; NULL if either is NULL. -#}
{% macro hours_between(earlier, later) -%}
    ({{ seconds_between(earlier, later) }} / 3600.0)
{%- endmacro %}

{#- Minutes from one timestamp to another, with fractions; NULL if either is NULL. -#}
{% macro minutes_between(earlier, later) -%}
    ({{ seconds_between(earlier, later) }} / 60.0)
{%- endmacro %}

{#- Seconds from one timestamp to another, with fractions; NULL if either is NULL. -#}
{% macro seconds_between(earlier, later) -%}
    {{ adapter.dispatch('seconds_between', 'voronka')(earlier, later) }}
{%- endmacro %}

{% macro duckdb__seconds_between(earlier, later) -%}
    cast((epoch_us({{ later }}) - epoch_us({{ earlier }})) as double) / 1000000.0
{%- endmacro %}

{% macro spark__seconds_between(earlier, later) -%}
    cast((
        unix_micros(cast({{ later }} as timestamp_ltz)) - unix_micros(cast({{ earlier }} as timestamp_ltz))
    ) as double) / 1000000.0
{%- endmacro %}
