with

placed as (
    select * from {{ ref('int_stage_events__placed') }}
),

chained as (
    select * from {{ ref('int_stage_events__chained') }}
),

numbered as (
    select
        placed.entity,
        placed.record_id,
        row_number() over (
            partition by placed.entity, placed.record_id
            order by placed.tie_no, chained.chain_no, placed.forward_no
        ) as event_no,
        placed.pipeline_id,
        placed.stage_id,
        placed.outcome,
        placed.from_stage_id,
        placed.changed_at,
        placed.changed_by
    from placed
    left join chained using (entity, record_id, tie_no, forward_no)
)

select * from numbered
