{#- The warehouse has one writer, and DuckDB drops and creates within a transaction: a table or a view
    is made in its place, and not beside it and then renamed, which costs several more statements for
    every model (docs/decisions/0010-dbt.md). Hooks, contracts and indexes work as in dbt's own. -#}

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
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- call statement('main') -%}
        {%- if existing is not none -%}
            drop {{ existing.type }} if exists {{ existing }};
        {%- endif -%}
        {%- if kind == 'table' -%}
            {{ get_create_table_as_sql(False, target, compiled_code) }}
        {%- else -%}
            {{ get_create_view_as_sql(target, compiled_code) }}
        {%- endif -%}
    {%- endcall -%}
    {%- do create_indexes(target) -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do apply_grants(target, config.get('grants')) -%}
    {%- do persist_docs(target, model) -%}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
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
