with

calendar as (
    select * from {{ ref('dim_date') }}
    where date <= {{ as_of_date() }}
),

managers as (select * from {{ ref('dim_manager') }}),

scopes as (select * from {{ ref('int_scopes__managers') }}),

absences as (select * from {{ ref('int_people__absences') }}),

calls as (select * from {{ ref('int_calls__daily') }}),

-- Plans, refunds and deals that stay open show nobody at work.
sellers as (
    select
        manager_id,
        min(date) as first_on,
        max(date) as last_on
    from {{ ref('int_manager__daily') }}
    where leads_taken + deals_created + won_count + lost_count + calls_out + calls_in > 0
    group by manager_id
),

-- From when on the company delivers absences and calls at all.
known_from as (
    select
        (select min(date) from absences) as absences_from,
        (select min(date) from calls) as calls_from
),

employed as (
    select
        managers.manager_id,
        coalesce(managers.hired_on, sellers.first_on) as first_on,
        coalesce(
            managers.left_on,
            case when managers.is_active then {{ as_of_date() }} else sellers.last_on end
        ) as last_on
    from managers
    inner join sellers on managers.manager_id = sellers.manager_id
    where managers.manager_id <> 'unassigned'
),

days as (
    select
        employed.manager_id,
        calendar.date,
        case
            when
                calendar.is_workday
                and absences.date is null
                and calendar.date between employed.first_on and employed.last_on
                then 1
            else 0
        end as workdays
    from employed
    cross join calendar
    left join absences
        on
            employed.manager_id = absences.manager_id
            and calendar.date = absences.date
),

summed as (
    {%- for grain in ['day', 'week', 'month'] %}
    select
        scopes.scope_type,
        scopes.scope_id,
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'days.date') }} as period_start,
        cast(sum(days.workdays) as bigint) as workdays,
        max(days.date) as last_date
    from days
    inner join scopes on days.manager_id = scopes.manager_id
    group by all
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

final as (
    select
        summed.scope_type,
        summed.scope_id,
        summed.period_grain,
        summed.period_start,
        summed.workdays,
        coalesce(summed.last_date >= known_from.absences_from, false) as is_absence_known,
        coalesce(summed.last_date >= known_from.calls_from, false) as has_calls
    from summed
    cross join known_from
)

select * from final
