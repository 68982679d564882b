with

periods as (
    select * from {{ ref('int_scopes__periods') }}
),

mix as (
    select * from {{ ref('int_scopes__mix') }}
),

scopes as (
    select * from {{ ref('int_scopes__managers') }}
    where scope_type <> 'manager'
),

measured as (
    select
        scope_type,
        scope_id,
        parent_type,
        parent_id,
        period_grain,
        period_start,
        crm_won_count,
        crm_closed_count,
        baseline_crm_won_count,
        baseline_crm_closed_count,
        expected_won
    from periods
    left join mix using (scope_type, scope_id, period_grain, period_start)
),

-- Of a group's managers who can be judged, those whose rate is below their own of
-- the periods before; cross-multiplied.
moved as (
    select
        scopes.scope_type,
        scopes.scope_id,
        managers.period_grain,
        managers.period_start,
        count(*) filter (
            where managers.crm_won_count * managers.baseline_crm_closed_count
            < managers.baseline_crm_won_count * managers.crm_closed_count
        ) as fallen_count,
        count(*) as judged_count
    from measured as managers
    inner join scopes on managers.scope_id = scopes.manager_id
    where
        managers.scope_type = 'manager'
        and managers.crm_closed_count > 0
        and managers.baseline_crm_closed_count > 0
    group by all
),

-- Only teams and departments have managers to compare; a single manager has no range.
ranged as (
    select
        measured.*,
        coalesce(
            moved.fallen_count >= {{ var('problem_share') }} * moved.judged_count
            and {{ is_below_baseline(
                'crm_won_count', 'crm_closed_count', 'baseline_crm_won_count', 'baseline_crm_closed_count'
            ) }}, false
        ) as is_problem
    from measured
    left join moved using (scope_type, scope_id, period_grain, period_start)
),

-- A manager is set against the others of the department: one person's month
-- is not to look like everybody's.
judged as (
    select
        own.scope_type,
        own.scope_id,
        own.period_grain,
        own.period_start,
        case
            when
                own.scope_type = 'manager'
                and own.crm_closed_count >= {{ var('low_n') }}
                and {{ wilson_high('own.crm_won_count', 'own.crm_closed_count') }}
                < {{ safe_divide('own.expected_won', 'own.crm_closed_count') }}
                and not coalesce({{ is_below_baseline(
                    '(parent.crm_won_count - own.crm_won_count)',
                    '(parent.crm_closed_count - own.crm_closed_count)',
                    '(parent.baseline_crm_won_count - own.baseline_crm_won_count)',
                    '(parent.baseline_crm_closed_count - own.baseline_crm_closed_count)'
                ) }}, false)
                then 'individual'
            when own.is_problem or (own.scope_type = 'manager' and parent.is_problem)
                then 'department'
            else 'none'
        end as problem_scope
    from ranged as own
    left join ranged as parent
        on
            own.parent_type = parent.scope_type
            and own.parent_id = parent.scope_id
            and own.period_grain = parent.period_grain
            and own.period_start = parent.period_start
)

select * from judged
