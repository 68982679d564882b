{#- Macros for the staging models of all CRMs. -#}

{#- Custom fields of an account for an entity: source, id and one column per name in `columns`. -#}
{% macro own_fields(vendor, entity, columns) -%}
    select
        source,
        id,
        {{- columns_of_rows(columns) }}
    from {{ ref('stg_' ~ vendor ~ '__custom_values') }}
    where entity = '{{ entity }}'
    group by source, id
{%- endmacro %}

{#- A text filled in by users if it is a `source_type` of the entity `leads`, else NULL. -#}
{% macro known_source_type(column) -%}
    case
        when {{ column }} in ('form', 'call', 'chat', 'order', 'social', 'event', 'manual')
            then {{ column }}
    end
{%- endmacro %}

{#- A text filled in by users if it is an allowed `segment` of the entities, else NULL. -#}
{% macro known_segment(column) -%}
    case when {{ column }} in ('b2b', 'b2c') then {{ column }} end
{%- endmacro %}

{#- First and last name as one text; NULL if both are empty. -#}
{% macro full_name(first, last) -%}
    nullif(trim(concat(coalesce({{ first }}, ''), ' ', coalesce({{ last }}, ''))), '')
{%- endmacro %}

{#- The name of the pipeline of a stage. For a stage that occurs only in the history: the name from
    other stages of the pipeline, else the id of the pipeline. -#}
{% macro known_pipeline_name() -%}
    coalesce(
        pipeline_name,
        max(pipeline_name) over (partition by source, pipeline_id),
        concat('Pipeline ', pipeline_id)
    )
{%- endmacro %}

{#- Pivots rows of `column_name` and `value` into these columns; the select groups by the record. -#}
{% macro columns_of_rows(columns) -%}
    {%- for column in columns %}
        max(case when column_name = '{{ column }}' then value end) as {{ column }}
        {{- "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}
