{#- One row per match of the first group of a pattern (an SQL literal) in a column. Must be alone in a
    select list. -#}
{% macro matches(column, pattern) -%}
    {{ adapter.dispatch('matches', 'voronka')(column, pattern) }}
{%- endmacro %}

{% macro duckdb__matches(column, pattern) -%}
    unnest(regexp_extract_all({{ column }}, {{ pattern }}, 1))
{%- endmacro %}

{% macro spark__matches(column, pattern) -%}
    explode(regexp_extract_all({{ column }}, {{ pattern }}, 1))
{%- endmacro %}

{#- The name in an address of Twilio, `client:name` or `sip:name@...`; NULL for a phone number. The name
    of a client has letters, digits, and codes for other characters. -#}
{% macro twilio_name(column) -%}
    coalesce(
        nullif(regexp_extract({{ column }}, '^sip:([^@;]+)', 1), ''),
        replace(
            replace(
                replace(
                    replace(
                        nullif(regexp_extract({{ column }}, '^client:(.+)$', 1), ''), '_40', '@'
                    ),
                    '_2E', '.'
                ),
                '_2D', '-'
            ),
            '_5F', '_'
        )
    )
{%- endmacro %}
