-- Plans and forecasts of the months that can be chosen and of their quarters.
with months as (select distinct month from periods where grain = 'month' or period >= month)

select
    plan.period_grain as plan_grain,
    plan.period_start,
    months.month,
    plan.scope_type || ':' || plan.scope_id as scope,
    plan.kpi_id,
    registry.unit,
    plan.plan,
    plan.fact,
    plan.fact_status,
    plan.completion,
    plan.forecast,
    plan.forecast_low,
    plan.forecast_high,
    plan.plan_probability,
    plan.status_color,
    plan.color_reason_ru as reason_ru,
    plan.color_reason_en as reason_en,
    plan.is_low_n,
    plan.is_over,
    not plan.is_over as is_preliminary
from marts.mart_plan_forecast as plan
inner join months
    on months.month between plan.period_start and plan.period_end
inner join (select distinct scope_type, scope_id from scopes) as chosen using (scope_type, scope_id)
left join marts.dim_kpi as registry using (kpi_id)
where
    plan.period_grain in ('month', 'quarter')
    and months.month >= (select max(month) from months) - interval 6 month
    and (plan.scope_type <> 'manager' or plan.kpi_id in ('revenue', 'calls') or plan.plan is not null)
order by months.month, scope, plan.plan is null, list_position(['revenue', 'won_count', 'leads', 'average_check', 'calls'], kpi_id), kpi_id, plan_grain
