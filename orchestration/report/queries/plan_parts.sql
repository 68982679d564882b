-- Plans of revenue of the departments of the company, the teams of a department and the managers of a
-- team, the largest shortfall first.
with parts as (
    select distinct 'company:company' as scope, scope_type, scope_id, scope_id as name
    from scopes where scope_type = 'department'
    union all
    select distinct 'department:' || department, scope_type, scope_id, scope_id
    from scopes where scope_type = 'team'
    union all
    select 'team:' || team.scope_id, manager.scope_type, manager.scope_id, manager.name
    from scopes as team inner join scopes as manager using (manager_id)
    where team.scope_type = 'team' and manager.scope_type = 'manager'
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
order by months.month, parts.scope, difference, parts.name, parts.scope_id
