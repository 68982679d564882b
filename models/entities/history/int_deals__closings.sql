with

events as (
    select
        *,
        lag(outcome) over (partition by deal_id order by event_no)
            as previous_outcome
    from {{ ref('int_stage_events__ordered') }}
),

-- A deal won by moving to a stage and then to one after it was won at the first.
closings as (
    select
        deal_id,
        outcome,
        max(changed_at) as closed_at,
        max_by(coalesce(changed_by, ''), event_no) as closed_by
    from events
    where outcome != 'open' and outcome is distinct from previous_outcome
    group by deal_id, outcome
)

select * from closings
