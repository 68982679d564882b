-- Who can be chosen: the company, each department, each team and each manager with anything in the
-- last thirteen months; one row per scope and manager in it. A company, department and team have all
-- of their managers, so that their sums are whole.
create temp table scopes as
with recent_managers as (
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
        manager_id,
        coalesce(name, manager_id) as name,
        coalesce(department, 'unassigned') as department,
        coalesce(team, 'unassigned') as team,
        manager_id in (from recent_managers) as is_recent
    from marts.dim_manager
),

-- Teams are named as in the marts: with their department where two departments have one of the name.
teams as (
    select
        * exclude (team),
        if(
            team <> 'unassigned'
            and min(department) over (partition by team) <> max(department) over (partition by team),
            department || ' / ' || team,
            team
        ) as team
    from managers
)

select 'company' as scope_type, 'company' as scope_id, manager_id, null as name, null as department
from managers
union all
select 'department', department, manager_id, department, department from managers
where department in (select department from managers where is_recent)
union all
select 'team', team, manager_id, if(team = 'unassigned', 'no_team', team), department from teams
where team in (select team from teams where is_recent)
union all
select 'manager', manager_id, manager_id, name, department from managers where is_recent
