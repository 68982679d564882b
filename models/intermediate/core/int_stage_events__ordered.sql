with

stage_events as (
    select * from {{ ref('stg_entities__stage_events') }}
    where deal_id is not null and changed_at < {{ as_of_end() }}
),

survivors as (
    select * from {{ ref('int_merges__resolved') }}
    where entity = 'deals'
),

deals as (
    select * from {{ ref('int_deals__surviving') }}
),

stages as (
    select * from {{ ref('int_stages__placed') }}
),

repointed as (
    select
        deals.deal_id,
        coalesce(
            stage_events.pipeline_id,
            own_stages.pipeline_id,
            other_stages.pipeline_id
        ) as pipeline_id,
        stage_events.to_stage_id as stage_id,
        stage_events.from_stage_id,
        stage_events.changed_at,
        stage_events.changed_by,
        stage_events.sequence
    from stage_events
    left join survivors
        on stage_events.deal_id = survivors.loser_id
    inner join deals
        on coalesce(survivors.survivor_id, stage_events.deal_id) = deals.deal_id
    left join stages as own_stages
        on
            deals.pipeline_id = own_stages.pipeline_id
            and stage_events.to_stage_id = own_stages.stage_id
    left join stages as other_stages
        on
            stage_events.to_stage_id = other_stages.stage_id
            and other_stages.is_first_of_id
),

known as (
    select
        repointed.*,
        stages.outcome
    from repointed
    inner join stages
        on
            repointed.pipeline_id = stages.pipeline_id
            and repointed.stage_id = stages.stage_id
),

numbered as (
    select
        deal_id,
        row_number() over (
            partition by deal_id
            order by changed_at, sequence nulls last, stage_id
        ) as event_no,
        pipeline_id,
        stage_id,
        outcome,
        from_stage_id,
        changed_at,
        changed_by
    from known
)

select * from numbered
