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

{#- The CTEs of a model that is built key by key: those named in `each`, with the rows of the keys that are
    to be built, all of them in a full refresh. `each`: by name, a relation and the columns that the model
    reads of it beside the key. A row of the model must depend on nothing but the rows of its key in these
    and on all rows of the CTEs `whole`, so not on the day either.

    All that a key depends on has a digest, which is stored with its rows: a key is built again if it is
    new, gone or of another digest. Where a row stands counts: as if moved from one relation to the next. -#}
{% macro changed_keys(key, each, whole=[]) -%}
digests as (
    select
        {{ key }},
        sum(digest)
        {%- for relation in whole %}
        + coalesce((
            select sum({{ each | length + loop.index }} * {{ row_digest(relation) }})
            from {{ relation }}
        ), 0)
        {%- endfor %} as digest
    from (
        {%- for relation, columns in each.values() %}
        select
            {{ key }},
            {{ loop.index }} * {{ row_digest('said') }} as digest
        from (select {{ key }}, {{ columns }} from {{ relation }}) as said
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ) as digested
    group by {{ key }}
),

changed as (
    {%- if is_incremental() %}
    select
        {{ key }},
        digests.digest
    from (
        select {{ key }}, max(digest) as digest from {{ this }} group by {{ key }}
    ) as kept
    full join digests using ({{ key }})
    where digests.digest is distinct from kept.digest
    {%- else %}
    select * from digests
    {%- endif %}
)

{%- for name, (relation, columns) in each.items() %},

{{ name }} as (
    select {{ key }}, {{ columns }} from {{ relation }}
    {%- if is_incremental() %}
    semi join changed using ({{ key }})
    {%- endif %}
)
{%- endfor %}
{%- endmacro %}

{#- The rows to store, with the digest of their key. A changed key without rows is a row of nothing else:
    by the strategy `changed_rows` it only deletes. -#}
{% macro with_digests(relation, key) -%}
    select * from changed
    {{ 'left' if is_incremental() else 'inner' }} join {{ relation }} using ({{ key }})
{%- endmacro %}
