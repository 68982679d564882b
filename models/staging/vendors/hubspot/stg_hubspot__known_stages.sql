with

stages as (
    select * from {{ source('hubspot', 'stages') }}
),

current_stages as (
    select * from {{ source('hubspot', 'current_stages') }}
),

moves as (
    select * from {{ ref('stg_hubspot__stage_moves') }}
),

cards as (
    select * from {{ ref('stg_hubspot__cards') }}
),

known as (
    select
        stages.source,
        stages.kind,
        stages.pipeline_id,
        stages.pipeline_name,
        stages.id as stage_id,
        stages.name as stage_name,
        stages.display_order,
        stages.is_closed,
        stages.probability,
        stages.lead_state,
        current_stages.id is null or coalesce(stages.archived, false)
            as is_deleted,
        stages.updated_at
    from stages
    left join current_stages
        on
            stages.source = current_stages.source
            and stages.kind = current_stages.kind
            and stages.pipeline_id = current_stages.pipeline_id
            and stages.id = current_stages.id
),

pipelines as (
    select
        source,
        pipeline_id,
        max(pipeline_name) as pipeline_name
    from known
    group by source, pipeline_id
),

named as (
    select
        source,
        kind,
        pipeline_id,
        to_stage_id as stage_id
    from moves
    union distinct
    select
        source,
        kind,
        pipeline_id,
        stage_id
    from cards
    where pipeline_id is not null and stage_id is not null
),

-- Deleted before the first night: the history names them by their ids alone.
forgotten as (
    select
        named.source,
        named.kind,
        named.pipeline_id,
        coalesce(
            pipelines.pipeline_name, concat('Pipeline ', named.pipeline_id)
        ) as pipeline_name,
        named.stage_id,
        concat('Stage ', named.stage_id) as stage_name,
        0 as display_order,
        false as is_closed,
        cast(null as decimal(18, 6)) as probability,
        cast(null as {{ dbt.type_string() }}) as lead_state,
        true as is_deleted,
        cast(null as timestamp) as updated_at
    from named
    left join pipelines
        on
            named.source = pipelines.source
            and named.pipeline_id = pipelines.pipeline_id
    left join known
        on
            named.source = known.source
            and named.pipeline_id = known.pipeline_id
            and named.stage_id = known.stage_id
    where known.stage_id is null
),

known_stages as (
    select * from known
    union all
    select * from forgotten
)

select * from known_stages
