{#- What staging models of vendors need to read: lists in JSON, and values that people typed in. -#}

{#- One row per element of a list of objects in JSON, with these fields as text (a list or an object
    in it stays JSON). Stands alone in a select list; its columns are found by `item['field']`. -#}
{% macro json_rows(column, fields) -%}
    {{ adapter.dispatch('json_rows', 'voronka')(column, fields) }}
{%- endmacro %}

{% macro duckdb__json_rows(column, fields) -%}
    unnest(from_json({{ column }}, '[{
    {%- for field in fields -%}
        "{{ field }}":"VARCHAR"{{ "," if not loop.last }}
    {%- endfor -%}
    }]'))
{%- endmacro %}

{% macro spark__json_rows(column, fields) -%}
    explode(from_json({{ column }}, 'array<struct<
    {%- for field in fields -%}
        `{{ field }}`:string{{ "," if not loop.last }}
    {%- endfor -%}
    >>'))
{%- endmacro %}

{#- One field of each object in a list in JSON as one text, separated by semicolons; NULLs are left
    out, and so is what is like the pattern `without`, an SQL text. -#}
{% macro json_values(column, field='value', without="''") -%}
    {{ adapter.dispatch('json_values', 'voronka')(column, field, without) }}
{%- endmacro %}

{% macro duckdb__json_values(column, field, without) -%}
    array_to_string(
        list_transform(
            from_json({{ column }}, '[{"{{ field }}":"VARCHAR"}]'),
            lambda one: case when one['{{ field }}'] not like {{ without }} then one['{{ field }}'] end
        ),
        '; '
    )
{%- endmacro %}

{% macro spark__json_values(column, field, without) -%}
    array_join(
        transform(
            from_json({{ column }}, 'array<struct<`{{ field }}`:string>>'),
            one -> case when one['{{ field }}'] not like {{ without }} then one['{{ field }}'] end
        ),
        '; '
    )
{%- endmacro %}

{#- The text at a path in JSON, an SQL text such as '$[0].lead_status.id'. -#}
{% macro json_text(column, path) -%}
    {{ adapter.dispatch('json_text', 'voronka')(column, path) }}
{%- endmacro %}

{% macro duckdb__json_text(column, path) -%}
    json_extract_string({{ column }}, {{ path }})
{%- endmacro %}

{% macro spark__json_text(column, path) -%}
    get_json_object({{ column }}, {{ path }})
{%- endmacro %}

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

{#- A column for each of these, out of rows of `column_name` and `value`: for a select that groups by
    what the values are of. -#}
{% macro columns_of_rows(columns) -%}
    {%- for column in columns %}
        max(case when column_name = '{{ column }}' then value end) as {{ column }}
        {{- "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- The UTC time that a text with an offset tells; NULL where it is none. -#}
{% macro iso_moment(column) -%}
    {{ adapter.dispatch('iso_moment', 'voronka')(column) }}
{%- endmacro %}

{% macro duckdb__iso_moment(column) -%}
    timezone('UTC', try_cast({{ column }} as timestamptz))
{%- endmacro %}

{% macro spark__iso_moment(column) -%}
    cast(to_utc_timestamp(try_cast({{ column }} as timestamp), current_timezone()) as timestamp_ntz)
{%- endmacro %}

{#- dbt's own safe_cast, which fails in DuckDB where the value is not of the type. -#}
{% macro duckdb__safe_cast(field, type) -%}
    try_cast({{ field }} as {{ type }})
{%- endmacro %}
