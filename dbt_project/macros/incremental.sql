{#- A hash over all columns of a row of `relation`, as an integer: sums of integers do not depend on
    the order of the rows. Hashed twice, so that values exchanged between two rows change the sum. -#}
{% macro row_digest(relation) -%}
    {{ adapter.dispatch('row_digest', 'voronka')(relation) }}
{%- endmacro %}

{% macro duckdb__row_digest(relation) -%}
    cast(hash(hash({{ relation }})) as decimal(38, 0))
{%- endmacro %}

{% macro spark__row_digest(relation) -%}
    cast(xxhash64(xxhash64({{ relation }}.*)) as decimal(38, 0))
{%- endmacro %}

{#- The incremental strategy `changed_rows`: the selected rows replace the rows with the same key. A
    selected row that does not meet the incremental_predicates only deletes the existing rows. -#}
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
