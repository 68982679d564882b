{#- The last step of a mart, `named`: the rows of the step `rows` with the names of the ids of `kinds`. Each
    name comes from its dimension by a left join on the key, so that no row is added or lost. -#}
{% macro named(rows, kinds) -%}
{%- set known = {
    'manager': {
        'dimension': 'dim_manager', 'key': {'manager_id': 'manager_id'},
        'names': {'manager_name': 'manager.name', 'department': 'manager.department'},
    },
    'peer': {
        'dimension': 'dim_manager', 'key': {'manager_id': 'manager_id'},
        'names': {'manager_name': 'peer.name'},
    },
    'pipeline': {'dimension': 'dim_pipeline', 'key': {'pipeline_id': 'pipeline_id'}},
    'stage': {
        'dimension': 'dim_stage', 'key': {'pipeline_id': 'pipeline_id', 'stage_id': 'stage_id'},
        'names': {'stage_name': 'stage.stage_name'},
    },
    'product': {'dimension': 'dim_product', 'key': {'product_id': 'product_id'}},
    'campaign': {
        'dimension': 'dim_campaign', 'key': {'platform': 'platform', 'campaign_id': 'campaign_id'},
        'names': {'campaign_name': 'campaign.campaign_name'}, 'is_finer': true,
    },
    'kpi': {
        'dimension': 'dim_kpi', 'key': {'kpi_id': 'kpi_id'},
        'names': {'kpi_name': 'kpi.name_en', 'kpi_name_ru': 'kpi.name_ru'},
    },
    'scope': {
        'dimension': 'dim_manager', 'key': {'scope_id': 'manager_id'},
        'names': {'scope_name': name_of_any('scope', 'scope_type', 'scope_id')},
    },
    'slice': {
        'dimension': 'dim_manager', 'key': {'slice_value': 'manager_id'},
        'names': {'slice_name': name_of_any('slice', 'slice_type', 'slice_value')},
    },
} -%}
named as (
    select
        {{ rows }}.*
        {%- for kind in kinds %}
        {%- for column, name in known[kind].get('names', {kind ~ '_name': kind ~ '.name'}).items() %},
        {{ name }} as {{ column }}
        {%- endfor %}
        {%- endfor %}
    from {{ rows }}
    {%- for kind in kinds %}
    {%- set dimension, key = ref(known[kind].dimension), known[kind].key %}
    {%- if known[kind].is_finer %}
    left join (
        select distinct
            {{ key.values() | join(', ') }},
            {{ known[kind].names.keys() | join(', ') }}
        from {{ dimension }}
    ) as {{ kind }}
    {%- else %}
    left join {{ dimension }} as {{ kind }}
    {%- endif %}
        on
            {%- for column, column_of_dimension in key.items() %}
            {{ 'and ' if not loop.first }}{{ rows }}.{{ column }} = {{ kind }}.{{ column_of_dimension }}
            {%- endfor %}
    {%- endfor %}
)
{%- endmacro %}

{#- The name of a value that is the id of a manager where its type says so, else a name itself. -#}
{% macro name_of_any(kind, type_column, value_column) -%}
    case when {{ type_column }} = 'manager' then {{ kind }}.name else {{ value_column }} end
{%- endmacro %}
