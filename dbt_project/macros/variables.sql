{#- Stop dbt if a variable differs from the latest build of this warehouse: the model would be computed
    with the settings of another company or for another day. Spark has no such record: only a night runs it. -#}
{% macro refuse_other_variables() %}
    {%- set recorded = adapter.get_relation(target.database, 'ledger', 'variables')
        if execute and target.type == 'duckdb' -%}
    {%- if recorded -%}
        {%- set others = [] -%}
        {%- for row in run_query('select name, value from ' ~ recorded ~ ' order by name') -%}
            {%- if var(row[0], none) != fromjson(row[1]) -%}
                {%- do others.append(row[0]) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if others -%}
            {{ exceptions.raise_compiler_error(
                'variables ' ~ others | join(', ') ~ ' differ from those that ' ~ target.path
                ~ ' was built with: run dbt as `voronka dbt --home ...`, which passes the same'
            ) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
