-- Open deals that something endangers: the red ones first, then the most money at stake. Where the
-- chance is not known, the amount itself is.
select
    risk.deal_id,
    coalesce(pipeline.name, risk.pipeline_id) as pipeline,
    coalesce(stage.stage_name, risk.stage_id) as stage,
    risk.manager_id,
    coalesce(manager.name, risk.manager_id) as manager,
    risk.amount_base as amount,
    risk.win_probability,
    risk.win_probability_low as win_low,
    risk.win_probability_high as win_high,
    risk.expected_amount,
    risk.status_color,
    risk.color_reason_ru as reason_ru,
    risk.color_reason_en as reason_en,
    risk.age_days,
    risk.days_in_stage,
    risk.stage_norm_days,
    risk.days_since_contact,
    risk.contact_norm_days,
    risk.next_task_due_on,
    risk.external_event
from marts.mart_deal_risk as risk
left join marts.dim_manager as manager using (manager_id)
left join marts.dim_pipeline as pipeline using (pipeline_id)
left join marts.dim_stage as stage
    on risk.pipeline_id = stage.pipeline_id and risk.stage_id = stage.stage_id
where risk.risk_count > 0
order by risk.status_color <> 'red', coalesce(risk.expected_amount, risk.amount_base) desc nulls last, risk.deal_id
limit 300
