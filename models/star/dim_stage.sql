with

stages as (
    select * from {{ ref('int_stages__placed') }}
),

leads as (
    select * from {{ ref('int_leads__surviving') }}
),

-- The lead funnel is also a pipeline if there are leads.
lead_stages as (
    {%- for stage_id, stage_name, semantics in [
        ('new', 'New', 'open'),
        ('qualified', 'Qualified', 'open'),
        ('converted', 'Converted', 'open'),
        ('customer', 'Customer', 'won'),
    ] %}
    select
        '{{ stage_id }}' as stage_id,
        '{{ stage_name }}' as stage_name,
        {{ loop.index }} as stage_order,
        '{{ semantics }}' as semantics
    from leads
    having count(*) > 0
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

unioned as (
    select
        pipeline_id,
        stage_id,
        stage_name,
        stage_order,
        semantics,
        probability,
        is_deleted,
        cast(null as timestamp) as valid_from,
        cast(null as timestamp) as valid_to
    from stages

    union all

    select
        'leads' as pipeline_id,
        stage_id,
        stage_name,
        stage_order,
        semantics,
        null as probability,
        false as is_deleted,
        null as valid_from,
        null as valid_to
    from lead_stages
)

select * from unioned
