with

events as (
    select * from {{ landed('amocrm', 'events') }}
    where type = 'lead_status_changed'
),

options as (
    select * from {{ ref('stg_config__options') }}
    where name = 'lead_pipelines'
),

parsed as (
    select
        source,
        id,
        entity_id as card_id,
        {{ json_text('value_before', "'$[0].lead_status.pipeline_id'") }}
            as from_pipeline_id,
        {{ json_text('value_before', "'$[0].lead_status.id'") }}
            as from_stage_id,
        {{ json_text('value_after', "'$[0].lead_status.pipeline_id'") }}
            as to_pipeline_id,
        {{ json_text('value_after', "'$[0].lead_status.id'") }} as to_stage_id,
        created_at as changed_at,
        -- 0 is a robot.
        nullif(created_by, '0') as changed_by
    from events
),

placed as (
    select
        parsed.*,
        from_pipelines.value is not null as is_from_lead,
        to_pipelines.value is not null as is_to_lead
    from parsed
    left join options as from_pipelines
        on
            parsed.source = from_pipelines.source
            and parsed.from_pipeline_id = from_pipelines.value
    left join options as to_pipelines
        on
            parsed.source = to_pipelines.source
            and parsed.to_pipeline_id = to_pipelines.value
    where parsed.to_stage_id is not null
)

select * from placed
