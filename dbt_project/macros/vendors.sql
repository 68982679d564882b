{#- One row per match of the first group of a pattern, an SQL text, in a column. Stands alone in a
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

{#- The name in an address of Twilio, `client:name` or `sip:name@...`; NULL where it is a phone number.
    A client's name holds letters and digits, and codes of what else it is made of. -#}
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
