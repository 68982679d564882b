{#- What records say of how their clients are reached, one row per identifier, from `said`, a relation
    of `columns`, the cells phone, email and messenger as delivered, and `ids`, which are one
    identifier each. -#}
{% macro statements(said, identifiers, columns, ids) -%}
    {%- for kind in ['phone', 'email', 'messenger'] %}
    select distinct
        {%- for column in columns %}
        {{ said }}.{{ column }},
        {%- endfor %}
        '{{ kind }}' as kind,
        {{ identifiers }}.value
    from {{ said }}
    inner join {{ identifiers }}
        on {{ identifiers }}.kind = '{{ kind }}' and {{ said }}.{{ kind }} = {{ identifiers }}.raw_value
    union all
    {%- endfor %}
    {%- for id in ids %}
    select distinct
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        '{{ id }}' as kind,
        {{ id }} as value
    from {{ said }}
    where {{ id }} is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
