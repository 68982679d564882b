with

listed as (
    select
        source,
        kind,
        pipeline_id,
        pipeline_name,
        id as stage_id,
        name as stage_name,
        display_order,
        is_closed,
        probability,
        lead_state,
        coalesce(archived, false) as is_archived,
        updated_at
    from {{ landed('hubspot', 'stages') }}
),

current_stages as (
    select
        source,
        kind,
        pipeline_id,
        id as stage_id,
        true as is_current
    from {{ landed('hubspot', 'current_stages') }}
),

named as (
    select
        source,
        kind,
        pipeline_id,
        to_stage_id as stage_id
    from {{ ref('stg_hubspot__stage_moves') }}
    union distinct
    select
        source,
        kind,
        pipeline_id,
        stage_id
    from {{ ref('stg_hubspot__cards') }}
    where pipeline_id is not null and stage_id is not null
),

-- Deleted before the first night: the history names them by their ids alone.
stages as (
    select
        source,
        kind,
        pipeline_id,
        pipeline_name,
        stage_id,
        stage_name,
        display_order,
        is_closed,
        probability,
        lead_state,
        is_current is null or is_archived as is_deleted,
        updated_at
    from listed
    left join current_stages using (source, kind, pipeline_id, stage_id)
    union all
    select
        source,
        kind,
        pipeline_id,
        cast(null as {{ dbt.type_string() }}) as pipeline_name,
        stage_id,
        concat('Stage ', stage_id) as stage_name,
        0 as display_order,
        false as is_closed,
        cast(null as decimal(18, 6)) as probability,
        cast(null as {{ dbt.type_string() }}) as lead_state,
        true as is_deleted,
        cast(null as timestamp) as updated_at
    from named
    anti join listed using (source, pipeline_id, stage_id)
),

known_stages as (
    select
        source,
        kind,
        pipeline_id,
        {{ known_pipeline_name() }} as pipeline_name,
        stage_id,
        stage_name,
        display_order,
        is_closed,
        probability,
        lead_state,
        is_deleted,
        updated_at
    from stages
)

select * from known_stages
