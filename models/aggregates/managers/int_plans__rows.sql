with

plans as (select * from {{ ref('int_plans__valid') }}),

managers as (select * from {{ ref('mart_manager_kpi') }}),

scopes as (select * from {{ ref('mart_department_kpi') }}),

planned as (
    select distinct
        scope_type,
        scope_id,
        period_grain,
        period_start
    from plans
),

final as (
    select
        planned.scope_type,
        planned.scope_id,
        planned.period_grain,
        planned.period_start,
        {{ row_as_json('kpi') }} as measures
    from planned
    inner join managers as kpi
        on
            planned.scope_type = 'manager'
            and planned.scope_id = kpi.manager_id
            and planned.period_grain = kpi.period_grain
            and planned.period_start = kpi.period_start
    union all
    select
        planned.scope_type,
        planned.scope_id,
        planned.period_grain,
        planned.period_start,
        {{ row_as_json('kpi') }} as measures
    from planned
    inner join scopes as kpi
        on
            planned.scope_type = kpi.scope_type
            and planned.scope_id = kpi.scope_id
            and planned.period_grain = kpi.period_grain
            and planned.period_start = kpi.period_start
)

select * from final
