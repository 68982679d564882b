with

stages as (
    select * from {{ ref('int_stages__placed') }}
),

deals as (
    select
        located.pipeline_id,
        history.first_at is not null as has_history
    from {{ ref('int_deals__located') }} as located
    inner join {{ ref('int_deals__history') }} as history
        on located.deal_id = history.deal_id
),

leads as (
    select * from {{ ref('int_leads__surviving') }}
),

named as (
    select
        pipeline_id,
        min(pipeline_name) as name,
        max(case when has_leads then 1 else 0 end) = 1 as has_leads
    from stages
    group by pipeline_id
),

deal_pipelines as (
    select
        pipeline_id,
        case
            when min(case when has_history then 1 else 0 end) = 1 then 'full'
            when max(case when has_history then 1 else 0 end) = 1 then 'partial'
            else 'none'
        end as history
    from deals
    group by pipeline_id
),

-- A source may name a pipeline on its deals and list no stages.
unlisted as (
    select deal_pipelines.*
    from deal_pipelines
    anti join named
        on deal_pipelines.pipeline_id = named.pipeline_id
),

pipelines as (
    select
        named.pipeline_id,
        named.name,
        case when named.has_leads and deal_pipelines.pipeline_id is null then 'lead' else 'deal' end
            as kind,
        deal_pipelines.history
    from named
    left join deal_pipelines
        on named.pipeline_id = deal_pipelines.pipeline_id

    union all

    select
        pipeline_id,
        pipeline_id as name,
        'deal' as kind,
        history
    from unlisted

    union all

    select
        'leads' as pipeline_id,
        'Leads' as name,
        'lead' as kind,
        null as history
    from leads
    having count(*) > 0
)

select * from pipelines
