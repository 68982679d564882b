with

statuses as (
    select * from {{ source('bitrix24', 'statuses') }}
),

current_statuses as (
    select * from {{ source('bitrix24', 'current_statuses') }}
),

entries as (
    select * from {{ ref('stg_bitrix24__stage_entries') }}
),

known as (
    select
        statuses.source,
        statuses.pipeline_id,
        statuses.pipeline_name,
        statuses.id as stage_id,
        statuses.name as stage_name,
        statuses.semantics,
        statuses.sort,
        current_statuses.id is null as is_deleted
    from statuses
    left join current_statuses
        on
            statuses.source = current_statuses.source
            and statuses.pipeline_id = current_statuses.pipeline_id
            and statuses.id = current_statuses.id
),

pipelines as (
    select
        source,
        pipeline_id,
        max(pipeline_name) as pipeline_name
    from known
    group by source, pipeline_id
),

named_by_history as (
    select
        source,
        pipeline_id,
        stage_id,
        max(semantics) as semantics
    from entries
    group by source, pipeline_id, stage_id
),

-- Deleted before the first night: the history names them by their ids alone.
forgotten as (
    select
        named_by_history.source,
        named_by_history.pipeline_id,
        coalesce(
            pipelines.pipeline_name,
            concat('Pipeline ', named_by_history.pipeline_id)
        ) as pipeline_name,
        named_by_history.stage_id,
        concat('Stage ', named_by_history.stage_id) as stage_name,
        named_by_history.semantics,
        0 as sort,
        true as is_deleted
    from named_by_history
    left join pipelines
        on
            named_by_history.source = pipelines.source
            and named_by_history.pipeline_id = pipelines.pipeline_id
    left join known
        on
            named_by_history.source = known.source
            and named_by_history.pipeline_id = known.pipeline_id
            and named_by_history.stage_id = known.stage_id
    where known.stage_id is null
),

known_stages as (
    select * from known
    union all
    select * from forgotten
)

select * from known_stages
