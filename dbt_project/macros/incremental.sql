{#- A number that stands for all columns of a row of `relation`: rows that differ in anything have
    different numbers. Whole, so that the numbers of many rows add up the same in any order; hashed
    twice, so that values exchanged between rows do not cancel out in a sum. -#}
{% macro row_digest(relation) -%}
    {{ adapter.dispatch('row_digest', 'voronka')(relation) }}
{%- endmacro %}

{% macro duckdb__row_digest(relation) -%}
    cast(hash(hash({{ relation }})) as decimal(38, 0))
{%- endmacro %}

{% macro spark__row_digest(relation) -%}
    cast(xxhash64(xxhash64({{ relation }}.*)) as decimal(38, 0))
{%- endmacro %}

{#- The incremental strategy `changed_rows`: what the model selects replaces the rows of its key. A row
    that breaks one of the incremental_predicates only takes away what was there. -#}
{% macro get_incremental_changed_rows_sql(arguments) -%}
    {%- set columns = arguments.dest_columns | map(attribute='name') | join(', ') -%}
    delete from {{ arguments.target_relation }} as kept
    using {{ arguments.temp_relation }} as changed
    where
        {%- for column in arguments.unique_key %}
        {{ 'and ' if not loop.first }}kept.{{ column }} = changed.{{ column }}
        {%- endfor %};

    insert into {{ arguments.target_relation }} ({{ columns }})
    select {{ columns }}
    from {{ arguments.temp_relation }}
    where {{ arguments.incremental_predicates | join(' and ') }}
{%- endmacro %}
