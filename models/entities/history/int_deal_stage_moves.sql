with

entries as (
    select * from {{ ref('int_deal_stage_entries') }}
),

stages as (
    select * from {{ ref('int_stages__placed') }}
),

placed as (
    select
        entries.*,
        stages.outcome,
        stages.place,
        lag(entries.pipeline_id) over path as previous_pipeline_id,
        lag(entries.stage_id) over path as previous_stage_id,
        lag(stages.outcome) over path as previous_outcome,
        lag(stages.place) over path as previous_place
    from entries
    inner join stages
        on
            entries.pipeline_id = stages.pipeline_id
            and entries.stage_id = stages.stage_id
    window path as (partition by entries.deal_id order by entries.entry_no)
),

-- A repeated stage is not a move.
moves as (
    select
        deal_id,
        row_number() over path as visit_no,
        pipeline_id,
        stage_id,
        outcome,
        place,
        previous_pipeline_id,
        previous_stage_id,
        previous_outcome,
        previous_place,
        entered_at,
        is_inferred,
        row_number() over (
            partition by deal_id, pipeline_id, stage_id
            order by entry_no
        ) = 1 as is_first_entry,
        lead(entered_at) over path as next_entered_at
    from placed
    where
        previous_stage_id is null
        or previous_stage_id != stage_id
        or previous_pipeline_id != pipeline_id
    window path as (partition by deal_id order by entry_no)
)

select * from moves
