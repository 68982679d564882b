with

stage_changes as (
    select * from {{ landed('hubspot', 'history') }}
    where property in ('dealstage', 'hs_pipeline_stage')
),

pipeline_changes as (
    select * from {{ landed('hubspot', 'history') }}
    where property in ('pipeline', 'hs_pipeline')
),

pipelines as (
    select
        source,
        kind,
        id as stage_id,
        min(pipeline_id) as pipeline_id
    from {{ landed('hubspot', 'stages') }}
    group by source, kind, id
),

present as (
    select * from {{ ref('stg_hubspot__present') }}
),

owners as (
    select
        source,
        user_id,
        min(id) as owner_id
    from {{ landed('hubspot', 'owners') }}
    where user_id is not null
    group by source, user_id
),

-- A stage belongs to one pipeline. For an unknown stage it is the pipeline of
-- the object at that time.
placed as (
    select
        stage_changes.*,
        coalesce(pipelines.pipeline_id, pipeline_changes.value, 'default')
            as pipeline_id
    from stage_changes
    left join pipelines
        on
            stage_changes.source = pipelines.source
            and stage_changes.kind = pipelines.kind
            and stage_changes.value = pipelines.stage_id
    left join pipeline_changes
        on
            stage_changes.source = pipeline_changes.source
            and stage_changes.kind = pipeline_changes.kind
            and stage_changes.id = pipeline_changes.id
            and stage_changes.changed_at >= pipeline_changes.changed_at
    qualify row_number() over (
        partition by
            stage_changes.source,
            stage_changes.kind,
            stage_changes.id,
            stage_changes.changed_at,
            stage_changes.value
        order by
            pipeline_changes.changed_at desc nulls last,
            pipeline_changes.place desc nulls last
    ) = 1
),

moves as (
    select
        placed.source,
        placed.kind,
        placed.id,
        placed.pipeline_id,
        lag(placed.value) over (
            partition by placed.source, placed.kind, placed.id
            order by placed.changed_at asc, placed.place asc
        ) as from_stage_id,
        placed.value as to_stage_id,
        owners.owner_id as changed_by,
        row_number() over (
            partition by placed.source, placed.kind, placed.id
            order by placed.changed_at asc, placed.place asc
        ) as sequence,
        placed.changed_at
    from placed
    inner join present
        on
            placed.source = present.source
            and placed.kind = present.kind
            and placed.id = present.id
            and (placed.kind = 'deals' or not present.is_archived)
    left join owners
        on
            placed.source = owners.source
            and placed.changed_by = owners.user_id
)

select * from moves
