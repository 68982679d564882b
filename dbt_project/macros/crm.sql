{#- Macros that the staging models of all CRMs share. -#}

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

{#- The name of a person of two parts; NULL where both are empty. -#}
{% macro full_name(first, last) -%}
    nullif(trim(concat(coalesce({{ first }}, ''), ' ', coalesce({{ last }}, ''))), '')
{%- endmacro %}

{#- The name of a stage's pipeline, also of a stage that only the history names: that of its other
    stages, or its id. -#}
{% macro known_pipeline_name() -%}
    coalesce(
        pipeline_name,
        max(pipeline_name) over (partition by source, pipeline_id),
        concat('Pipeline ', pipeline_id)
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
