with

managers as (
    select
        manager_id,
        coalesce(team, 'unassigned') as team,
        coalesce(department, 'unassigned') as department
    from {{ ref('dim_manager') }}
),

spread as (
    select
        *,
        min(department) over (partition by team) <> max(department) over (partition by team)
            as is_in_departments
    from managers
),

-- Every scope is compared with its parent; the company has no parent.
scopes as (
    select
        'manager' as scope_type,
        manager_id as scope_id,
        manager_id,
        'department' as parent_type,
        department as parent_id
    from managers

    union all

    -- Teams with the same name in two departments are two teams, named with their department. Those
    -- without a team are no team of that name.
    select
        'team' as scope_type,
        case
            when is_in_departments and team <> 'unassigned' then department || ' / ' || team
            else team
        end as scope_id,
        manager_id,
        case
            when is_in_departments and team = 'unassigned' then 'company' else 'department'
        end as parent_type,
        case
            when is_in_departments and team = 'unassigned' then 'company' else department
        end as parent_id
    from spread

    union all

    select
        'department' as scope_type,
        department as scope_id,
        manager_id,
        'company' as parent_type,
        'company' as parent_id
    from managers

    union all

    select
        'company' as scope_type,
        'company' as scope_id,
        manager_id,
        cast(null as string) as parent_type,
        cast(null as string) as parent_id
    from managers
)

select * from scopes
