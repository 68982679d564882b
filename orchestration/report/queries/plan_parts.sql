-- Plans of revenue of the parts of what is chosen, the largest shortfall first: of its departments; if
-- none of these has a plan in the month of its teams, else of its managers.
with wholes as (
    select *, scope_type || ':' || scope_id as scope,
        list_position(['manager', 'team', 'department', 'company'], scope_type) as level
    from scopes
),

parts as (
    select distinct whole.scope, part.level, part.scope_type, part.scope_id, part.name
    from wholes as whole inner join wholes as part using (manager_id)
    where part.level < whole.level
),

months as (select distinct month from recent where grain = 'month')

select
    months.month,
    parts.scope,
    parts.name,
    plan.plan,
    plan.fact,
    plan.fact - plan.plan as difference,
    plan.completion,
    plan.forecast,
    plan.forecast_low,
    plan.forecast_high,
    plan.plan_probability,
    plan.status_color,
    plan.is_over,
    plan.is_low_n,
    not plan.is_over as is_preliminary
from marts.mart_plan_forecast as plan
inner join parts using (scope_type, scope_id)
inner join months on plan.period_start = months.month
where plan.period_grain = 'month' and plan.kpi_id = 'revenue' and plan.plan is not null
qualify parts.level = max(parts.level) over (partition by months.month, parts.scope)
order by months.month, parts.scope, difference, parts.name, parts.scope_id
