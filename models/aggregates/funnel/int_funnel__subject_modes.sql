with

steps as (
    select * from {{ ref('int_funnel__subject_steps') }}
),

compared as (
    select
        *,
        lead(first_entered_at) over path as next_entered_at,
        lag(first_entered_at ignore nulls) over path as previous_entered_at
    from steps
    window path as (
        partition by subject_id, pipeline_id
        order by step_no
    )
),

-- Out of order from the first step that is missed or entered before an earlier one.
ordered as (
    select
        *,
        max(case
            when first_entered_at < previous_entered_at then 1
            when first_entered_at is null and is_in_use then 1
            else 0
        end) over (
            partition by subject_id, pipeline_id
            order by step_no
            rows between unbounded preceding and current row
        ) = 0 as is_in_order
    from compared
),

strictest as (
    select
        *,
        coalesce(max(
            case when is_in_order and first_entered_at is not null then step_no end
        ) over (partition by subject_id, pipeline_id), 0) as last_strict_step_no
    from ordered
),

flagged as (
    select
        subject_id,
        pipeline_id,
        stage_id,
        ended_as,
        has_moved_back,
        first_entered_at is not null as is_entered,
        step_no <= last_strict_step_no as is_entered_strict,
        coalesce(next_entered_at >= first_entered_at, false) as is_stepped,
        step_no < last_step_no as is_passed,
        step_no < last_strict_step_no as is_passed_strict
    from strictest
)

select * from flagged
