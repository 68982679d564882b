{%- set key = 'kpi_id, is_of_manager, period_grain' -%}
with

uncovered as (select * from {{ ref('int_plans__uncovered') }}),

-- A plan that leaves out a part of its fact says nothing of a chance.
plans as (
    select valid_plans.*
    from {{ ref('int_plans__valid') }} as valid_plans
    anti join uncovered using (kpi_id, scope_type, period_start, period_end)
),

forecasts as (
    select
        *,
        scope_type = 'manager' as is_of_manager
    from {{ ref('int_forecast__methods') }}
),

errors as (select * from {{ ref('int_forecast__errors') }}),

spreads as (select * from {{ ref('int_forecast__spreads') }}),

{{ shown_forecasts() }},

-- The days of periods that are over by now, beside their plans.
planned as (
    select
        shown.kpi_id,
        shown.is_of_manager,
        shown.period_grain,
        shown.period_start,
        shown.scope_type,
        shown.scope_id,
        shown.fact,
        shown.forecast,
        plans.current_value as plan,
        {{ plan_z('plans.current_value', 'shown') }} as plan_z,
        case when shown.final >= plans.current_value then 1.0 else 0.0 end as met
    from shown
    inner join plans using (kpi_id, scope_type, scope_id, period_grain, period_start)
    where shown.final is not null and shown.workdays_left > 0 and plans.current_value > 0
),

seen as (
    select
        *,
        {{ chance_of('plan', 'fact', 'forecast') }} as chance
    from planned
),

-- The days of one plan repeat each other: it is one case of a band.
cases as (
    select
        {{ key }},
        period_start,
        {{ chance_band('chance') }} as chance_band,
        avg(chance) as expected,
        max(met) as met
    from seen
    where chance > 0.001 and chance < 0.999
    group by {{ key }}, period_start, scope_type, scope_id, {{ chance_band('chance') }}
),

counted as (
    select
        {{ key }},
        period_start,
        chance_band,
        count(*) as cases_count,
        sum(cast(expected as decimal(28, 12))) as expected,
        sum(cast(met as decimal(28, 12))) as met
    from cases
    group by {{ key }}, period_start, chance_band
),

periods as (
    select distinct
        {{ key }},
        period_start
    from errors
),

bands as (select distinct chance_band from counted),

-- Of a period only those before it count: they ended before it began.
summed as (
    select
        {{ key }},
        period_start,
        chance_band,
        cast(coalesce(sum(counted.cases_count) over earlier, 0) as bigint) as cases_count,
        cast(coalesce(sum(counted.expected) over earlier, 0) as double) as expected,
        cast(coalesce(sum(counted.met) over earlier, 0) as double) as met
    from periods
    cross join bands
    left join counted using ({{ key }}, period_start, chance_band)
    window earlier as (
        partition by {{ key }}, chance_band order by period_start
        rows between unbounded preceding and 1 preceding
    )
),

-- By what the odds of a chance of the band were wrong, as if 20 more cases had gone as expected.
final as (
    select
        *,
        case
            when cases_count > 0
                then round(
                    (met + 20 * expected / cases_count)
                    / (cases_count - met + 20 * (1 - expected / cases_count))
                    * (cases_count - expected) / expected, 6
                )
            else 1.0
        end as odds_factor
    from summed
)

select * from final
