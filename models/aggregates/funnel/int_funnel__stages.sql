with

stages as (
    select * from {{ ref('dim_stage') }}
),

pipelines as (
    select * from {{ ref('dim_pipeline') }}
),

visits as (
    select
        pipeline_id,
        stage_id,
        entered_at
    from {{ ref('fct_deal_stage_visit') }}
    union all
    select
        pipeline_id,
        stage_id,
        entered_at
    from {{ ref('fct_lead_stage_visit') }}
),

last_entries as (
    select
        pipeline_id,
        stage_id,
        max(entered_at) as last_entered_at
    from visits
    group by pipeline_id, stage_id
),

-- A deleted stage is kept if any deal has entered it; otherwise it is left out.
known as (
    select
        stages.pipeline_id,
        pipelines.name as pipeline_name,
        pipelines.kind,
        pipelines.history,
        stages.stage_id,
        stages.stage_name,
        stages.stage_order,
        stages.semantics,
        stages.semantics = 'lost' as is_lost,
        case
            when stages.is_deleted then last_entries.last_entered_at
        end as in_use_until
    from stages
    inner join pipelines
        on stages.pipeline_id = pipelines.pipeline_id
    left join last_entries
        on
            stages.pipeline_id = last_entries.pipeline_id
            and stages.stage_id = last_entries.stage_id
    where
        not coalesce(stages.is_deleted, false)
        or last_entries.last_entered_at is not null
),

-- Lost is an outcome, not a step.
numbered as (
    select
        *,
        case
            when not is_lost then row_number() over (
                partition by pipeline_id, is_lost
                order by stage_order, stage_id
            )
        end as step_no
    from known
),

laddered as (
    select
        *,
        coalesce(step_no = max(step_no) over (partition by pipeline_id), false)
            as is_last_step
    from numbered
)

select * from laddered
