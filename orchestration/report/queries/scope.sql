-- The choices of the filters.
select scope_type || ':' || scope_id as scope, scope_type, scope_id, name,
    case when count(distinct department) = 1 then min(department) end as department,
    list_sort(list(manager_id)) as members
from scopes
group by scope_type, scope_id, name
order by list_position(['company', 'department', 'team', 'manager'], scope_type), scope_id = 'unassigned', name
