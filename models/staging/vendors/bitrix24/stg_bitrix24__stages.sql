with

statuses as (
    select
        source,
        pipeline_id,
        pipeline_name,
        id as stage_id,
        name as stage_name,
        semantics,
        sort
    from {{ landed('bitrix24', 'statuses') }}
),

current_statuses as (
    select
        source,
        pipeline_id,
        id as stage_id,
        true as is_current
    from {{ landed('bitrix24', 'current_statuses') }}
),

entries as (
    select * from {{ ref('stg_bitrix24__stage_entries') }}
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
        pipeline_id,
        stage_id,
        max(semantics) as semantics
    from entries
    group by source, pipeline_id, stage_id
),

-- Deleted before the first night: the history names them by their ids alone.
stages as (
    select
        source,
        pipeline_id,
        pipeline_name,
        stage_id,
        stage_name,
        semantics,
        sort,
        is_current is null as is_deleted
    from statuses
    left join current_statuses using (source, pipeline_id, stage_id)
    union all
    select
        source,
        pipeline_id,
        cast(null as {{ dbt.type_string() }}) as pipeline_name,
        stage_id,
        concat('Stage ', stage_id) as stage_name,
        semantics,
        0 as sort,
        true as is_deleted
    from named_by_history
    anti join statuses using (source, pipeline_id, stage_id)
),

-- Leads may share an id with deals, and none of theirs is behind the win.
marked as (
    select
        *,
        is_post_won is not null and pipeline_id != 'STATUS' as is_behind
    from stages
    left join post_won_stages using (source, stage_id)
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
            when is_behind then 'post_won'
            when semantics = 'S' then 'won'
            when semantics = 'F' then 'lost'
            else 'open'
        end as semantics,
        -- numbers
        -- Stages after the win may be in a separate pipeline.
        sort + case when is_behind then 100000 else 0 end as stage_order,
        cast(null as decimal(18, 6)) as probability,
        -- booleans
        is_deleted,
        -- dates and times
        cast(null as timestamp) as updated_at
    from marked
)

select * from renamed
