with

stage_events as (
    select * from {{ ref('stg_entities__stage_events') }}
    where deal_id is not null or lead_id is not null
),

survivors as (
    select * from {{ ref('int_merges__resolved') }}
),

deals as (
    select
        'deals' as entity,
        deal_id,
        pipeline_id
    from {{ ref('stg_entities__deals') }}
),

stages as (
    select
        pipeline_id,
        stage_id,
        stage_order,
        {{ stage_outcome('semantics') }} as outcome,
        {{ is_first_of_id() }} as is_first_of_id
    from {{ ref('stg_entities__stages') }}
),

named as (
    select
        *,
        case when deal_id is not null then 'deals' else 'leads' end as entity,
        coalesce(deal_id, lead_id) as named_id
    from stage_events
),

repointed as (
    select
        named.*,
        coalesce(survivors.survivor_id, named.named_id) as record_id
    from named
    left join survivors
        on
            named.entity = survivors.entity
            and named.named_id = survivors.loser_id
),

placed as (
    select
        repointed.entity,
        repointed.record_id,
        coalesce(
            repointed.pipeline_id,
            own_stages.pipeline_id,
            other_stages.pipeline_id
        ) as pipeline_id,
        deals.pipeline_id as last_pipeline_id,
        repointed.to_stage_id as stage_id,
        repointed.from_stage_id,
        repointed.changed_at,
        repointed.changed_by,
        repointed.sequence,
        repointed.source,
        repointed._file,
        repointed._row
    from repointed
    left join deals
        on
            repointed.entity = deals.entity
            and repointed.record_id = deals.deal_id
    left join stages as own_stages
        on
            deals.pipeline_id = own_stages.pipeline_id
            and repointed.to_stage_id = own_stages.stage_id
    left join stages as other_stages
        on
            repointed.to_stage_id = other_stages.stage_id
            and other_stages.is_first_of_id
),

-- A tie is a set of events with the same time and sequence. Forward order: the pipeline of the
-- deal comes after other pipelines, a loss comes after other stages, then the order of the stages
-- decides. Other events stay as delivered; the id of the stage only makes the order stable.
tied as (
    select
        placed.entity,
        placed.record_id,
        placed.pipeline_id,
        placed.stage_id,
        stages.outcome,
        placed.from_stage_id,
        placed.changed_at,
        placed.changed_by,
        dense_rank() over (
            partition by placed.entity, placed.record_id
            order by placed.changed_at, placed.sequence nulls last
        ) as tie_no,
        row_number() over (
            partition by
                placed.entity, placed.record_id, placed.changed_at, placed.sequence
            order by
                coalesce(placed.pipeline_id = placed.last_pipeline_id, false),
                case when stages.outcome = 'lost' then 1 else 0 end,
                stages.stage_order nulls last,
                placed.source,
                placed._file,
                placed._row,
                placed.stage_id
        ) as forward_no
    from placed
    left join stages
        on
            placed.pipeline_id = stages.pipeline_id
            and placed.stage_id = stages.stage_id
)

select * from tied
