{#- What differs on Spark as such, not one function by another: docs/decisions/0018-spark.md. -#}

{#- Every model is a table that orchestration/spark makes: SQL as well goes there, which dbt knows as what
    runs Python. dbt lets only a materialization itself hand over code. -#}
{% materialization table, adapter='spark', supported_languages=['sql', 'python'] %}
    {%- call statement('main', language='python') -%}{{ code_for_spark() }}{%- endcall -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [this.incorporate(type='table')]}) }}
{% endmaterialization %}

{#- DuckDB reads what Spark has made, and cannot read its views. -#}
{% materialization view, adapter='spark' %}
    {%- call statement('main', language='python') -%}{{ code_for_spark() }}{%- endcall -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [this.incorporate(type='table')]}) }}
{% endmaterialization %}

{#- Each build makes an incremental model anew: Parquet has no deletes. -#}
{% materialization incremental, adapter='spark' %}
    {%- call statement('main', language='python') -%}{{ code_for_spark() }}{%- endcall -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [this.incorporate(type='table')]}) }}
{% endmaterialization %}

{#- The code of the current model, with its contract if it has one. -#}
{% macro code_for_spark() -%}
    {{ with_contract(compiled_code) if config.get('contract').enforced else compiled_code }}
{%- endmacro %}

{#- The query of a model with the columns and types of its contract. dbt compares the types that a query
    returns; those of the two engines differ where the contract does not (the sum of integers). The
    last line of a model, `select * from` its last step, is replaced. -#}
{% macro with_contract(code) -%}
    {%- set before, _, rows = code.rpartition('select * from ') -%}
    {{ before }}select
        {%- for name, column in model.columns.items() %}
        cast({{ name }} as {{ column.data_type | replace('varchar', 'string') }}) as {{ name }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ rows }}
{%- endmacro %}
