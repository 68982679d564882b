{#- Lists and objects that vendors deliver in JSON. -#}

{#- One row per element of a JSON list of objects, with these fields as text (a nested list or object
    stays JSON). Must be alone in a select list; its columns are read as `item['field']`. -#}
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

{#- One field of each object of a JSON list as one text, separated by semicolons. NULLs and values
    like the pattern `without` (an SQL literal) are left out. -#}
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

{#- The text at a JSON path; `path` is an SQL literal such as '$[0].lead_status.id'. -#}
{% macro json_text(column, path) -%}
    {{ adapter.dispatch('json_text', 'voronka')(column, path) }}
{%- endmacro %}

{% macro duckdb__json_text(column, path) -%}
    json_extract_string({{ column }}, {{ path }})
{%- endmacro %}

{% macro spark__json_text(column, path) -%}
    get_json_object({{ column }}, {{ path }})
{%- endmacro %}

{#- A field, as text, of the first object of a JSON list whose `key` has this value (an SQL literal);
    NULL if there is no such object. -#}
{% macro json_found(column, key, value, field) -%}
    {{ adapter.dispatch('json_found', 'voronka')(column, key, value, field) }}
{%- endmacro %}

{% macro duckdb__json_found(column, key, value, field) -%}
    list_filter(
        from_json({{ column }}, '[{"{{ key }}":"VARCHAR","{{ field }}":"VARCHAR"}]'),
        lambda one: one['{{ key }}'] = {{ value }}
    )[1]['{{ field }}']
{%- endmacro %}

{% macro spark__json_found(column, key, value, field) -%}
    get(
        filter(
            from_json({{ column }}, 'array<struct<`{{ key }}`:string,`{{ field }}`:string>>'),
            one -> one['{{ key }}'] = {{ value }}
        ),
        0
    )['{{ field }}']
{%- endmacro %}

{#- A row of a relation as a JSON object; `relation` is its name in the query. -#}
{% macro row_as_json(relation) -%}
    {{ adapter.dispatch('row_as_json', 'voronka')(relation) }}
{%- endmacro %}

{% macro duckdb__row_as_json(relation) -%}
    to_json({{ relation }})
{%- endmacro %}

{% macro spark__row_as_json(relation) -%}
    to_json(struct({{ relation }}.*))
{%- endmacro %}

{#- The number in a field of a JSON object; the column `field` has the name of the field. -#}
{% macro json_number(column, field) -%}
    {{ dbt.safe_cast(json_text(column, "'$.' || " ~ field), money()) }}
{%- endmacro %}

{#- A JSON list of texts, aggregated: the values of `expression` that are not NULL, in this order;
    `[]` if there are none. -#}
{% macro json_list(expression, order_by) -%}
    {{ adapter.dispatch('json_list', 'voronka')(expression, order_by) }}
{%- endmacro %}

{% macro duckdb__json_list(expression, order_by) -%}
    cast(to_json(coalesce(
        list({{ expression }} order by {{ order_by }}) filter (where {{ expression }} is not null), []
    )) as string)
{%- endmacro %}

{% macro spark__json_list(expression, order_by) -%}
    to_json(transform(
        array_sort(collect_list(
            case when {{ expression }} is not null
                then named_struct('place', {{ order_by }}, 'item', {{ expression }})
            end
        )),
        pair -> pair.item
    ))
{%- endmacro %}
