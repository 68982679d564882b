{#- A table or view is dropped and created in one transaction, which works because the warehouse has
    one writer. dbt-duckdb creates it under another name and renames it, which takes several more
    statements per model (docs/decisions/0010-dbt.md). Hooks, contracts and indexes work as in dbt. -#}

{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
    {%- if model['language'] == 'python' -%}
        {#- dbt lets only a materialization itself run Python. -#}
        {%- call statement('main', language='python') -%}{{ made_by_python(this) }}{%- endcall -%}
        {{ run_hooks(post_hooks, inside_transaction=True) }}
        {%- do adapter.commit() -%}
        {{ return({'relations': [this.incorporate(type='table')]}) }}
    {%- endif -%}
    {{ return(made_in_place('table')) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {{ return(made_in_place('view')) }}
{% endmaterialization %}

{#- Build the current model as a `table` or a `view`; returns what a materialization must return. -#}
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

{#- The code of a Python model. dbt-duckdb calls `materialize` on a connection of its own, with what
    the function `model` returns. It has no contracts, comments or hooks before it. -#}
{% macro made_by_python(relation) %}
{{ compiled_code }}


def materialize(made, connection):
    connection.register("made", made)
    connection.execute('create or replace table {{ relation }} as select * from made')
    connection.unregister("made")
{% endmacro %}

{#- Write all comments of a model in one statement. The macro of dbt looks up the columns twice before;
    this one does not, and a description of a column that does not exist fails the night. -#}
{% macro duckdb__persist_docs(relation, model, for_relation, for_columns) %}
    {%- set comments -%}
        {%- if for_relation and config.persist_relation_docs() and model.description -%}
            {{ duckdb__alter_relation_comment(relation, model.description | trim) }}
        {%- endif -%}
        {%- if for_columns and config.persist_column_docs() -%}
            {%- for name, column in model.columns.items() -%}
                comment on column {{ relation }}.{{ adapter.quote(name) if column.quote else name }}
                is {{ duckdb_escape_comment(column.description | trim) }};
            {%- endfor -%}
        {%- endif -%}
    {%- endset -%}
    {%- if comments -%}
        {%- call statement('persist_docs') -%}{{ comments }}{%- endcall -%}
    {%- endif -%}
{% endmacro %}
