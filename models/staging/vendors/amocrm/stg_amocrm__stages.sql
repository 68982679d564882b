with

statuses as (
    select
        source,
        pipeline_id,
        pipeline_name,
        id as stage_id,
        name as stage_name,
        sort,
        type
    from {{ landed('amocrm', 'statuses') }}
),

current_statuses as (
    select
        source,
        pipeline_id,
        id as stage_id,
        true as is_current
    from {{ landed('amocrm', 'current_statuses') }}
),

moves as (
    select * from {{ ref('stg_amocrm__stage_moves') }}
),

post_won_stages as (
    select
        source,
        value as stage_id,
        true as is_post_won
    from {{ ref('stg_config__options') }}
    where name = 'post_won_stages'
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
stages as (
    select
        source,
        pipeline_id,
        pipeline_name,
        stage_id,
        stage_name,
        sort,
        -- Unsorted has no cards: a request becomes a card when it leaves Unsorted.
        type = 1 or is_current is null as is_deleted
    from statuses
    left join current_statuses using (source, pipeline_id, stage_id)
    union all
    select
        source,
        pipeline_id,
        cast(null as {{ dbt.type_string() }}) as pipeline_name,
        stage_id,
        concat('Stage ', stage_id) as stage_name,
        0 as sort,
        true as is_deleted
    from named_by_history
    anti join statuses using (source, pipeline_id, stage_id)
),

renamed as (
    select
        source,
        -- ids
        pipeline_id,
        stage_id,
        -- text
        {{ known_pipeline_name() }} as pipeline_name,
        stage_name,
        case
            when stage_id = '142' then 'won'
            when stage_id = '143' then 'lost'
            when is_post_won then 'post_won'
            else 'open'
        end as semantics,
        -- numbers
        -- Won and lost come last there, 10000 and 11000.
        sort + case when is_post_won then 20000 else 0 end as stage_order,
        cast(null as decimal(18, 6)) as probability,
        -- booleans
        is_deleted,
        -- dates and times
        cast(null as timestamp) as updated_at
    from stages
    left join post_won_stages using (source, stage_id)
)

select * from renamed
