{#- Hook after a model or seed is made: stops it, and so all that reads it, if its grain does not hold.
    The SQL is that of the generic test `unique_grain` in its yml. A test of dbt is a node of its own,
    which takes ten times the processor of its query; a hook is part of the node it tests. -#}
{% macro hold_grain() -%}
    {%- set stated = stated_grain(model.unique_id) if execute -%}
    {%- if stated -%}
        {%- set columns, nullable = stated -%}
        {{ stop_if_any(
            test_unique_grain(this, columns, nullable), 'its grain (' ~ columns | join(', ') ~ ')'
        ) }}
    {%- endif -%}
{%- endmacro %}

{#- The columns of the test `unique_grain` of a node, and those that may be NULL. All tests are looked
    through for the first node only: `graph` is one dictionary for a whole run. -#}
{% macro stated_grain(node) -%}
    {%- if 'grains' not in graph -%}
        {%- set grains = {} -%}
        {%- for test in graph.nodes.values() if test.resource_type == 'test' -%}
            {%- if test.test_metadata and test.test_metadata.name == 'unique_grain' -%}
                {%- set stated = test.test_metadata.kwargs -%}
                {%- do grains.update(
                    {test.attached_node: (stated.columns, stated.get('nullable', []))}
                ) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- do graph.update({'grains': grains}) -%}
    {%- endif -%}
    {{ return(graph.grains.get(node)) }}
{%- endmacro %}

{#- A statement that fails if a query has rows. -#}
{% macro stop_if_any(query, what) -%}
    {{ adapter.dispatch('stop_if_any', 'voronka')(query, what) }}
{%- endmacro %}

{% macro duckdb__stop_if_any(query, what) -%}
    select error('keys that break {{ what }}: ' || count(*)) from ({{ query }}) having count(*) > 0
{%- endmacro %}

{#- Spark runs a query only when its rows are read. -#}
{% macro spark__stop_if_any(query, what) -%}
    {%- set broken = run_query('select count(*) from (' ~ query ~ ')').columns[0].values()[0] -%}
    {%- if broken -%}
        {{ exceptions.raise_compiler_error('keys that break ' ~ what ~ ': ' ~ broken) }}
    {%- endif -%}
{%- endmacro %}
