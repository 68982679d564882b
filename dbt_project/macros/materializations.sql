{#- The warehouse has one writer and no readers: a table or a view is made in its place by one
    statement, and not beside it and then renamed, which costs several more for every model. -#}

{% materialization table, adapter='duckdb' %}
    {{ return(made_in_place('table')) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {{ return(made_in_place('view')) }}
{% endmaterialization %}

{#- Make the model that is being built a `table` or a `view`; what a materialization returns. -#}
{% macro made_in_place(kind) %}
    {%- set target = this.incorporate(type=kind) -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing is not none and existing.type != kind -%}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
    {#- The statement is a transaction of its own; with its comments it takes one around them. -#}
    {%- set documented = config.persist_relation_docs() or config.persist_column_docs() -%}
    {%- call statement('main', auto_begin=documented) -%}
        create or replace {{ kind }} {{ target }} as {{ model.compiled_code }}
    {%- endcall -%}
    {%- if documented -%}
        {%- do persist_docs(target, model) -%}
        {%- do adapter.commit() -%}
    {%- endif -%}
    {{ return({'relations': [target]}) }}
{% endmacro %}

{#- All comments of a model in one go. dbt's own looks its columns up twice before; ours are known to
    be there, and a description of one that is not fails the night. -#}
{% macro duckdb__persist_docs(relation, model, for_relation, for_columns) %}
    {%- set comments -%}
        {%- if for_relation and config.persist_relation_docs() and model.description -%}
            {{ duckdb__alter_relation_comment(relation, model.description) }}
        {%- endif -%}
        {%- if for_columns and config.persist_column_docs() -%}
            {%- for name, column in model.columns.items() -%}
                comment on column {{ relation }}.{{ adapter.quote(name) if column.quote else name }}
                is {{ duckdb_escape_comment(column.description) }};
            {%- endfor -%}
        {%- endif -%}
    {%- endset -%}
    {%- if comments -%}
        {%- call statement('persist_docs') -%}{{ comments }}{%- endcall -%}
    {%- endif -%}
{% endmacro %}
