with

stages as (
    select * from {{ ref('int_stages__placed') }}
),

deals as (
    select * from {{ ref('fct_deal') }}
),

leads as (
    select * from {{ ref('fct_lead') }}
),

named as (
    select
        pipeline_id,
        min(pipeline_name) as name
    from stages
    group by pipeline_id
),

-- A source may name a pipeline on its deals and list no stages.
unlisted as (
    select distinct deals.pipeline_id
    from deals
    anti join named
        on deals.pipeline_id = named.pipeline_id
),

pipelines as (
    select
        pipeline_id,
        name,
        'deal' as kind
    from named

    union all

    select
        pipeline_id,
        pipeline_id as name,
        'deal' as kind
    from unlisted

    union all

    select
        'leads' as pipeline_id,
        'Leads' as name,
        'lead' as kind
    from leads
    having count(*) > 0
)

select * from pipelines
