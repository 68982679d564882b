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

{#- The statements that count, from int_customers__statements and int_customers__records, each with the
    anchor of its record. The number of a call and the address of a message are used only for a lead or
    deal that is its own anchor. -#}
{% macro anchored(statements, records) -%}
    select
        said.*,
        coalesce(anchors.anchor, 'touch:' || said.record_id) as anchor
    from {{ statements }} as said
    left join {{ records }} as anchors using (record_type, record_id)
    where
        (anchors.anchor is not null or said.record_type = 'touch')
        and not (said.is_talk and anchors.joined_by is not null)
{%- endmacro %}
