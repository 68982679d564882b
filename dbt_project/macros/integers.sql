{#- A table expression of the whole numbers from first to last, in the column `n`. -#}
{% macro integers(first, last) -%}
    {{ adapter.dispatch('integers', 'voronka')(first, last) }}
{%- endmacro %}

{% macro duckdb__integers(first, last) -%}
    (select cast(unnest(range({{ first }}, {{ last }} + 1)) as integer) as n)
{%- endmacro %}

{% macro spark__integers(first, last) -%}
    (select explode(sequence({{ first }}, {{ last }})) as n)
{%- endmacro %}
