-- Open deals that something endangers: the red ones first, then the most money at stake. Where the
-- chance is not known, the amount itself is.
select
    deal_id,
    coalesce(pipeline_name, pipeline_id) as pipeline,
    coalesce(stage_name, stage_id) as stage,
    manager_id,
    coalesce(manager_name, manager_id) as manager,
    amount_base as amount,
    win_probability,
    win_probability_low as win_low,
    win_probability_high as win_high,
    expected_amount,
    status_color,
    color_reason_ru as reason_ru,
    color_reason_en as reason_en,
    age_days,
    days_in_stage,
    stage_norm_days,
    days_since_contact,
    contact_norm_days,
    next_task_due_on,
    external_event
from marts.mart_deal_risk
where risk_count > 0
order by status_color <> 'red', coalesce(expected_amount, amount_base) desc nulls last, deal_id
limit 300
