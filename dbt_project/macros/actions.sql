{#- The value of one type of action in a list of actions as Meta writes it in JSON; NULL where there
    is no such action. -#}
{% macro action_value(actions, action_type) -%}
    {{ adapter.dispatch('action_value', 'voronka')(actions, action_type) }}
{%- endmacro %}

{% macro duckdb__action_value(actions, action_type) -%}
    list_filter(
        from_json({{ actions }}, '[{"action_type":"VARCHAR","value":"VARCHAR"}]'),
        lambda one: one['action_type'] = {{ action_type }}
    )[1]['value']
{%- endmacro %}

{% macro spark__action_value(actions, action_type) -%}
    get(
        filter(
            from_json({{ actions }}, 'array<struct<action_type:string,value:string>>'),
            one -> one.action_type = {{ action_type }}
        ),
        0
    ).value
{%- endmacro %}
