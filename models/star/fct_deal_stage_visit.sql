with

visits as (
    select * from {{ ref('int_deal_stage_visits') }}
),

published as (
    select
        deal_id,
        visit_no,
        pipeline_id,
        stage_id,
        entered_at,
        exited_at,
        duration_hours,
        is_censored,
        is_first_entry,
        direction,
        skipped_count,
        owner_id,
        is_inferred,
        is_passthrough
    from visits
)

select * from published
