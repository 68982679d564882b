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

-- A CRM may hold its leads in pipelines of their own.
lead_pipelines as (
    select distinct pipeline_id
    from {{ ref('stg_entities__stage_events') }}
    where lead_id is not null
    except
    select pipeline_id from deals
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
        named.pipeline_id,
        named.name,
        case when lead_pipelines.pipeline_id is null then 'deal' else 'lead' end
            as kind
    from named
    left join lead_pipelines
        on named.pipeline_id = lead_pipelines.pipeline_id

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
