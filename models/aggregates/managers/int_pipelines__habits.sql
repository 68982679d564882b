{%- set share = var('habit_share') -%}
with

deals as (
    select * from {{ ref('fct_deal') }}
    where
        status in ('won', 'lost')
        and not is_test
        and final_closed_at >= {{ dbt.dateadd('day', -365, as_of_end()) }}
),

steps as (
    select * from {{ ref('fct_task') }}
    where not is_test
),

leads as (select * from {{ ref('fct_lead') }}),

planned as (
    select distinct coalesce(steps.deal_id, leads.deal_id) as deal_id
    from steps
    left join leads on steps.lead_id = leads.lead_id
),

-- Many companies write an amount down when they win, so what is lost shows the habit.
counted as (
    select
        deals.pipeline_id,
        count(*) as closed_count,
        count(planned.deal_id) as planned_count,
        count(*) filter (where deals.status = 'lost') as lost_count,
        count(*) filter (where deals.status = 'lost' and deals.amount > 0) as amounts_count,
        count(*) filter (where deals.status = 'lost' and deals.lost_reason is not null)
            as reasons_count
    from deals
    left join planned on deals.deal_id = planned.deal_id
    group by deals.pipeline_id
),

final as (
    select
        pipeline_id,
        planned_count >= {{ share }} * closed_count as is_task_usual,
        lost_count > 0 and amounts_count >= {{ share }} * lost_count as is_amount_usual,
        lost_count > 0 and reasons_count >= {{ share }} * lost_count as is_reason_usual
    from counted
)

select * from final
