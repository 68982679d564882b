{#- The UTC time of a number of seconds since 1970; NULL where the text is none. -#}
{% macro unix_seconds(column) -%}
    {{ adapter.dispatch('unix_seconds', 'voronka')(column) }}
{%- endmacro %}

{% macro duckdb__unix_seconds(column) -%}
    make_timestamp(try_cast({{ column }} as bigint) * 1000000)
{%- endmacro %}

{% macro spark__unix_seconds(column) -%}
    cast(timestamp_seconds(try_cast({{ column }} as bigint)) as timestamp_ntz)
{%- endmacro %}
