with

periods as (
    select * from {{ ref('int_scopes__periods') }}
),

baselines as (
    select * from {{ ref('int_scopes__baselines') }}
),

mix as (
    select * from {{ ref('int_scopes__mix') }}
),

scopes as (
    select * from {{ ref('int_scopes__managers') }}
),

measured as (
    select
        periods.scope_type,
        periods.scope_id,
        periods.parent_type,
        periods.parent_id,
        periods.period_grain,
        periods.period_start,
        periods.won_count,
        periods.closed_count,
        baselines.won_count as baseline_won_count,
        baselines.closed_count as baseline_closed_count
    from periods
    left join baselines using (scope_type, scope_id, period_grain, period_start)
),

-- A manager's rate is below his own of the periods before; cross-multiplied.
moves as (
    select
        scope_id as manager_id,
        period_grain,
        period_start,
        case
            when won_count * baseline_closed_count < baseline_won_count * closed_count
                then 1
            else 0
        end as is_fallen
    from measured
    where scope_type = 'manager' and closed_count > 0 and baseline_closed_count > 0
),

moved as (
    select
        scopes.scope_type,
        scopes.scope_id,
        moves.period_grain,
        moves.period_start,
        sum(moves.is_fallen) as fallen_count,
        count(*) as judged_count
    from moves
    inner join scopes on moves.manager_id = scopes.manager_id
    where scopes.scope_type <> 'manager'
    group by all
),

groups as (
    select
        measured.*,
        coalesce(
            moved.fallen_count >= {{ var('problem_share') }} * moved.judged_count
            and {{ is_below_baseline(
                'measured.won_count', 'measured.closed_count',
                'measured.baseline_won_count', 'measured.baseline_closed_count'
            ) }}, false
        ) as is_problem
    from measured
    left join moved using (scope_type, scope_id, period_grain, period_start)
    where measured.scope_type <> 'manager'
),

-- A manager is set against the others of the department: one person's month
-- is not to look like everybody's.
managers as (
    select
        own.scope_type,
        own.scope_id,
        own.period_grain,
        own.period_start,
        groups.is_problem as is_departments,
        coalesce(
            own.closed_count >= {{ var('low_n') }}
            and {{ wilson_high('own.won_count', 'own.closed_count') }}
            < {{ safe_divide('mix.expected_won', 'own.closed_count') }}, false
        ) as is_below_peers,
        coalesce({{ is_below_baseline(
            '(groups.won_count - own.won_count)',
            '(groups.closed_count - own.closed_count)',
            '(groups.baseline_won_count - own.baseline_won_count)',
            '(groups.baseline_closed_count - own.baseline_closed_count)'
        ) }}, false) as is_rest_below_baseline
    from measured as own
    inner join groups
        on
            own.parent_type = groups.scope_type
            and own.parent_id = groups.scope_id
            and own.period_grain = groups.period_grain
            and own.period_start = groups.period_start
    left join mix
        on
            own.scope_type = mix.scope_type
            and own.scope_id = mix.scope_id
            and own.period_grain = mix.period_grain
            and own.period_start = mix.period_start
    where own.scope_type = 'manager'
),

final as (
    select
        scope_type,
        scope_id,
        period_grain,
        period_start,
        case when is_problem then 'department' else 'none' end as problem_scope
    from groups

    union all

    select
        scope_type,
        scope_id,
        period_grain,
        period_start,
        case
            when is_below_peers and not is_rest_below_baseline then 'individual'
            when is_departments then 'department'
            else 'none'
        end as problem_scope
    from managers
)

select * from final
