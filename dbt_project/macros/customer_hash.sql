{#- A customer's id: the keyed hash of an identifier. `hash_key` is the column of the ledger
    table that holds the key, so that no SQL text has the key. -#}
{% macro customer_hash(expression, hash_key='hash_key') -%}
    {{ adapter.dispatch('customer_hash', 'voronka')(expression, hash_key) }}
{%- endmacro %}

{#- 128 bits are enough to tell customers apart and halve the widest column of the star. -#}
{% macro duckdb__customer_hash(expression, hash_key) -%}
    substr(sha256({{ hash_key }} || ':' || {{ expression }}), 1, 32)
{%- endmacro %}

{% macro spark__customer_hash(expression, hash_key) -%}
    substr(sha2({{ hash_key }} || ':' || {{ expression }}, 256), 1, 32)
{%- endmacro %}
