{#- The configured sources. The variable `deliveries` has the sources that deliver entities, each with
    its entities; `accounts` has the vendors, each with its sources and the entities of its staging
    models. dbt needs both when it parses, because they decide what a model depends on. -#}

{#- A raw table of a vendor, united over all its accounts; use it in place of a table name. -#}
{% macro landed(vendor, table) -%}
    {%- set relations = [] -%}
    {%- for account in var('accounts').get(vendor, {}).get('sources', []) -%}
        {%- do relations.append(source('raw_' ~ account, table)) -%}
    {%- endfor -%}
    {{ '(' ~ united(relations) ~ ')' if relations | length > 1 else relations | first }}
{%- endmacro %}

{#- An entity, united over all sources that deliver it: a model of the schema `landing`. Without such a
    source it has its columns and no rows. -#}
{% macro delivered(entity) -%}
    {{ config(alias=entity) }}
    {%- set relations = [source('contract', entity)] -%}
    {%- for name, entities in var('deliveries').items() if entity in entities -%}
        {%- do relations.append(source('raw_' ~ name, entity)) -%}
    {%- endfor -%}
    {%- for vendor, account in var('accounts').items() if entity in account['delivers'] -%}
        {%- set rows -%}
            (
                select *, concat(source, ':{{ entity }}') as _file, cast(null as {{ dbt.type_bigint() }}) as _row
                from {{ ref('stg_' ~ vendor ~ '__' ~ entity) }}
            )
        {%- endset -%}
        {%- do relations.append(rows) -%}
    {%- endfor -%}
    {{ united(relations) }}
{%- endmacro %}

{#- UNION ALL of relations by column name, with the columns of the first. -#}
{% macro united(relations) -%}
    {{ adapter.dispatch('united', 'voronka')(relations) }}
{%- endmacro %}

{% macro duckdb__united(relations) -%}
    select * from {{ relations | join('\nunion all by name\nselect * from ') }}
{%- endmacro %}

{% macro spark__united(relations) -%}
    {%- set columns = adapter.get_columns_in_relation(relations[0]) | map(attribute='name') | join(', ') -%}
    select {{ columns }} from {{ relations | join('\nunion all\nselect ' ~ columns ~ ' from ') }}
{%- endmacro %}

{#- Zero or more rows of texts from the config. -#}
{% macro given(rows, columns) -%}
    {%- for row in rows or [[]] %}
    select
        {%- for column in columns %}
        cast(
            {{- dbt.string_literal(dbt.escape_single_quotes(row[loop.index0])) if row else 'null' }}
            as {{ dbt.type_string() }}) as {{ column }}
            {{- ',' if not loop.last }}
        {%- endfor %}
        {{- '\n    union all' if not loop.last }}
    {%- endfor %}
    {{- '\n    where false' if not rows }}
{%- endmacro %}
