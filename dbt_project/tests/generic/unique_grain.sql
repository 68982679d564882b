{#- Fails if two rows agree in all `columns`, NULL with NULL too, or if a column that is not in
    `nullable` is NULL. Returns one row per key that breaks it. -#}
{% test unique_grain(model, columns, nullable=[]) %}
{%- set key = columns | join(', ') -%}

select
    {{ key }},
    count(*) as rows_count
from {{ model }}
group by {{ key }}
having count(*) > 1
{%- for column in columns if column not in nullable %} or {{ column }} is null
{%- endfor %}
{% endtest %}
