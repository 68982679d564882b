with

periods as (
    select
        *,
        {{ safe_divide('won_amount', 'won_with_amount_count') }} as average_check
    from {{ ref('int_scopes__periods') }}
    where scope_type <> 'manager' and is_eventful
),

mix as (
    select * from {{ ref('int_scopes__mix') }}
    where scope_type <> 'manager'
),

compared as (
    select * from {{ ref('int_scopes__compared') }}
    where scope_type <> 'manager'
),

gaps as (
    select * from {{ ref('int_scopes__gaps') }}
    where scope_type <> 'manager'
),

problems as (
    select * from {{ ref('int_scopes__problems') }}
    where scope_type <> 'manager'
),

workdays as (
    select * from {{ ref('int_scopes__workdays') }}
    where scope_type <> 'manager'
),

final as (
    select
        periods.scope_type,
        periods.scope_id,
        periods.period_grain,
        periods.period_start,
        {{ kpi_measures() }}
    from periods
    left join mix using (scope_type, scope_id, period_grain, period_start)
    left join compared using (scope_type, scope_id, period_grain, period_start)
    left join gaps using (scope_type, scope_id, period_grain, period_start)
    left join problems using (scope_type, scope_id, period_grain, period_start)
    left join workdays using (scope_type, scope_id, period_grain, period_start)
),

{{ named('final', ['scope']) }}

select * from named
