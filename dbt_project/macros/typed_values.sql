{#- Typed values from texts of vendors. A text that is not of the type is NULL. -#}

{#- The UTC time of a number of seconds since 1970; NULL if the text is not a number. -#}
{% macro unix_seconds(column) -%}
    {{ adapter.dispatch('unix_seconds', 'voronka')(column) }}
{%- endmacro %}

{% macro duckdb__unix_seconds(column) -%}
    make_timestamp(try_cast({{ column }} as bigint) * 1000000)
{%- endmacro %}

{% macro spark__unix_seconds(column) -%}
    cast(timestamp_seconds(try_cast({{ column }} as bigint)) as timestamp_ntz)
{%- endmacro %}

{#- The UTC time of a text with an offset; NULL if the text is not such a time. -#}
{% macro iso_moment(column) -%}
    {{ adapter.dispatch('iso_moment', 'voronka')(column) }}
{%- endmacro %}

{% macro duckdb__iso_moment(column) -%}
    timezone('UTC', try_cast({{ column }} as timestamptz))
{%- endmacro %}

{% macro spark__iso_moment(column) -%}
    cast(to_utc_timestamp(try_cast({{ column }} as timestamp), current_timezone()) as timestamp_ntz)
{%- endmacro %}

{#- dbt's own safe_cast fails in DuckDB if the value is not of the type. -#}
{% macro duckdb__safe_cast(field, type) -%}
    try_cast({{ field }} as {{ type }})
{%- endmacro %}
