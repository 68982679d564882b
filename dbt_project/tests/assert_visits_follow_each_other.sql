-- Fails if two visits of one deal overlap or leave a gap, if one ends before it began, or if the
-- deal does not stand where its last visit is.
with

visits as (
    select
        *,
        lead(entered_at) over (partition by deal_id order by visit_no)
            as next_entered_at
    from {{ ref('fct_deal_stage_visit') }}
),

deals as (
    select * from {{ ref('fct_deal') }}
)

select
    visits.deal_id,
    visits.visit_no
from visits
inner join deals
    on visits.deal_id = deals.deal_id
where
    visits.duration_hours < 0
    or visits.exited_at != visits.next_entered_at
    or (
        visits.next_entered_at is null
        and (
            visits.stage_id != deals.stage_id
            or visits.pipeline_id != deals.pipeline_id
            or visits.is_censored != (deals.status = 'open')
        )
    )
