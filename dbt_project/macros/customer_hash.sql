{#- A customer's id: the keyed hash of an identifier. `hash_key` is the column of the ledger
    that has the key: the key is not part of any SQL text. -#}
{% macro customer_hash(expression, hash_key='hash_key') -%}
    {{ adapter.dispatch('customer_hash', 'voronka')(expression, hash_key) }}
{%- endmacro %}

{#- 128 bits are enough for unique ids; 256 would double the widest column of the star. -#}
{% macro duckdb__customer_hash(expression, hash_key) -%}
    substr(sha256({{ hash_key }} || ':' || {{ expression }}), 1, 32)
{%- endmacro %}

{% macro spark__customer_hash(expression, hash_key) -%}
    substr(sha2({{ hash_key }} || ':' || {{ expression }}, 256), 1, 32)
{%- endmacro %}
