with

plans as (
    select * from {{ ref('mart_plan_forecast') }}
    where
        scope_type in ('company', 'department', 'team')
        and period_start <= {{ as_of_date() }}
        and plan > 0
),

teams as (
    select distinct
        team as scope_id,
        department
    from {{ ref('dim_manager') }}
    where team is not null and department is not null
),

-- The chances come from past errors; without such a past they are a guess.
running as (
    select
        *,
        case when plan_probability < 0.5 then 'plan_missed' else 'plan_passed' end as kind,
        {{ safe_divide('forecast', 'plan') }} as value,
        2 * least(plan_probability, 1 - plan_probability) as p_value,
        forecast as outcome
    from plans
    where not is_over and not is_low_n and plan_probability is not null
),

-- A period that is over is known: chance has no part in it.
ended as (
    select
        *,
        case when completion < 1 then 'plan_ended_below' else 'plan_ended_above' end as kind,
        completion as value,
        cast(0 as double) as p_value,
        fact as outcome
    from plans
    where is_over and completion is not null
    qualify
        rank() over (
            partition by scope_type, scope_id, kpi_id, period_grain order by period_end desc
        ) = 1
        and period_end >= {{ period_start('month', dbt.dateadd('month', -1, as_of_date())) }}
        and abs(completion - 1) > {{ plan_tolerance() }}
),

united as (
    select * from running
    union all
    select * from ended
),

final as (
    select
        united.kind,
        {{ period_start('month', as_of_date()) }} as period_start,
        united.scope_type as subject_type,
        cast(null as string) as manager_id,
        cast(null as string) as pipeline_id,
        cast(null as string) as stage_id,
        united.scope_id || ', ' || united.kpi_id || ', ' || united.period_grain || ' '
        || cast(united.period_start as string) as detail,
        cast(null as bigint) as trials,
        cast(null as bigint) as hits,
        united.value,
        cast(1 as double) as expected,
        united.p_value,
        cast(
            case when united.unit = 'base_currency' then united.outcome - united.plan end as double
        ) as impact_amount,
        {{ evidence_key({
            'scope_type': 'united.scope_type',
            'scope_id': 'united.scope_id',
            'kpi_id': 'united.kpi_id',
            'period_grain': 'united.period_grain',
            'period_start': 'united.period_start',
        }) | indent(8) }} as evidence_key
    from united
    left join teams on united.scope_type = 'team' and united.scope_id = teams.scope_id
    -- A team that misses its plan with its department, or passes it, says nothing of its own.
    left join united as departments
        on
            departments.scope_type = 'department'
            and teams.department = departments.scope_id
            and united.kind = departments.kind
            and united.kpi_id = departments.kpi_id
            and united.period_grain = departments.period_grain
            and united.period_start = departments.period_start
            and departments.p_value <= {{ false_finding_rate() }}
    where departments.scope_id is null
)

select * from final
