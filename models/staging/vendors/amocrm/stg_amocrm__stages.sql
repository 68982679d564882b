with

statuses as (
    select * from {{ source('amocrm', 'statuses') }}
),

current_statuses as (
    select * from {{ source('amocrm', 'current_statuses') }}
),

moves as (
    select * from {{ ref('stg_amocrm__stage_moves') }}
),

options as (
    select * from {{ source('amocrm', 'options') }}
    where name = 'post_won_stages'
),

known as (
    select
        statuses.source,
        statuses.pipeline_id,
        statuses.pipeline_name,
        statuses.id as stage_id,
        statuses.name as stage_name,
        statuses.sort,
        -- No card stands in Unsorted: it is one when it has left it.
        statuses.type = 1 or current_statuses.id is null as is_deleted
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
        to_pipeline_id as pipeline_id,
        to_stage_id as stage_id
    from moves
    union distinct
    select
        source,
        from_pipeline_id as pipeline_id,
        from_stage_id as stage_id
    from moves
    where from_stage_id is not null and from_pipeline_id is not null
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

stages as (
    select * from known
    union all
    select * from forgotten
),

renamed as (
    select
        stages.source,
        -- ids
        stages.pipeline_id,
        stages.stage_id,
        -- text
        stages.pipeline_name,
        stages.stage_name,
        case
            when stages.stage_id = '142' then 'won'
            when stages.stage_id = '143' then 'lost'
            when options.value is not null then 'post_won'
            else 'open'
        end as semantics,
        -- numbers
        -- Won and lost come last there, 10000 and 11000.
        stages.sort
        + case when options.value is not null then 20000 else 0 end
            as stage_order,
        cast(null as decimal(18, 6)) as probability,
        -- booleans
        stages.is_deleted,
        -- dates and times
        cast(null as timestamp) as updated_at
    from stages
    left join options
        on
            stages.source = options.source
            and stages.stage_id = options.value
)

select * from renamed
