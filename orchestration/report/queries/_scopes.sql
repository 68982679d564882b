-- Who can be chosen: the company, each department, each team and each manager with anything in the
-- last thirteen months; one row per scope and manager in it.
create temp table scopes as
with recent as (
    select distinct manager_id
    from marts.mart_manager_kpi
    where
        period_grain = 'month'
        and period_start >= as_of_date - interval 13 month
        and (
            leads_taken + deals_created + closed_count + calls_out + calls_in > 0
            or plan_revenue > 0
        )
),

managers as (
    select
        manager.manager_id,
        coalesce(manager.name, manager.manager_id) as name,
        coalesce(manager.department, 'unassigned') as department,
        coalesce(manager.team, 'unassigned') as team
    from recent left join marts.dim_manager as manager using (manager_id)
)

select 'company' as scope_type, 'company' as scope_id, manager_id, null as name, null as department
from managers
union all
select 'department', department, manager_id, department, department from managers
union all
select 'team', team, manager_id, team, department from managers
union all
select 'manager', manager_id, manager_id, name, department from managers
