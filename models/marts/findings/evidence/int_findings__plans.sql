with

plans as (
    select * from {{ ref('mart_plan_forecast') }}
    where
        scope_type in ('company', 'department', 'team')
        and not is_over
        and plan > 0
        -- The chances come from past errors; without such a past they are a guess.
        and not is_low_n
        and plan_probability is not null
),

final as (
    select
        case when plan_probability < 0.5 then 'plan_missed' else 'plan_passed' end as kind,
        {{ period_start('month', as_of_date()) }} as period_start,
        scope_type as subject_type,
        cast(null as varchar) as manager_id,
        cast(null as varchar) as pipeline_id,
        cast(null as varchar) as stage_id,
        scope_id || ', ' || kpi_id || ', ' || period_grain || ' '
        || cast(period_start as varchar) as detail,
        cast(null as bigint) as trials,
        cast(null as bigint) as hits,
        {{ safe_divide('forecast', 'plan') }} as value,
        cast(1 as double) as expected,
        2 * least(plan_probability, 1 - plan_probability) as p_value,
        cast(case when unit = 'base_currency' then forecast - plan end as double) as impact_amount,
        {{ evidence_key({
            'scope_type': 'scope_type',
            'scope_id': 'scope_id',
            'kpi_id': 'kpi_id',
            'period_grain': 'period_grain',
            'period_start': 'period_start',
        }) | indent(8) }} as evidence_key
    from plans
    where period_start <= {{ as_of_date() }}
)

select * from final
