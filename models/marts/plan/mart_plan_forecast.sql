{%- set key = 'kpi_id, scope_type, scope_id, period_grain, period_start' -%}

with

plans as (select * from {{ ref('int_plans__valid') }}),

delivered as (select * from {{ ref('int_forecast__delivered') }}),

-- The group of figures that has the KPI.
kpis as (
    select
        *,
        {{ is_kpi_delivered() }} as is_delivered,
        case
            when marts like '%mart_department_kpi%' then 'scopes'
            when marts like '%mart_call_daily%' then 'calls'
            when marts like '%mart_channel_conversion%' then 'channels'
        end as figures
    from {{ ref('dim_kpi') }}
    cross join delivered
),

scopes as (
    select distinct
        scope_type,
        scope_id
    from {{ ref('int_scopes__managers') }}
),

managers as (select * from {{ ref('mart_manager_kpi') }}),

departments as (select * from {{ ref('mart_department_kpi') }}),

sums as (select * from {{ ref('int_plans__sums') }}),

calendar as (select * from {{ ref('dim_date') }}),

leavers as (
    select
        manager_id as scope_id,
        'manager' as scope_type,
        left_on
    from {{ ref('dim_manager') }}
    where left_on <= {{ as_of_date() }}
),

forecasts as (
    select
        *,
        scope_type = 'manager' as is_of_manager
    from {{ ref('int_forecast__methods') }}
),

errors as (select * from {{ ref('int_forecast__errors') }}),

chances as (select * from {{ ref('int_forecast__chances') }}),

-- Plans of the company that leave out a part of its fact: neither is judged by the other.
uncovered as (select * from {{ ref('int_plans__uncovered') }}),

{{ shown_forecasts() }},

{{ plan_facts() }},

days as (
    select
        date as forecast_on,
        period_grain,
        period_start,
        period_end
    from {{ ref('int_forecast__days') }}
    where
        date = {{ as_of_date() }}
        or (is_over and workdays_passed = cast(ceil(workdays_total / 2.0) as integer))
    -- An as_of day off has as many working days behind it as the day before.
    qualify row_number() over (
        partition by period_grain, period_start order by date desc
    ) = 1
),

pipelines as (select * from {{ ref('int_forecast__scopes') }}),

known as (
    select
        shown.*,
        days.period_end,
        case when shown.kpi_id = 'revenue' then pipelines.open_amount end as open_amount,
        case when shown.crm_forecast is not null then pipelines.crm_amount end as crm_amount,
        case when shown.kpi_id = 'revenue' then pipelines.open_revenue end as open_revenue,
        case when shown.kpi_id = 'revenue' then pipelines.new_revenue end as new_revenue,
        case when shown.kpi_id = 'revenue' then pipelines.overdue_count end as overdue_count,
        case when shown.kpi_id = 'revenue' then pipelines.overdue_amount end as overdue_amount
    from shown
    inner join days using (period_grain, period_start, forecast_on)
    inner join pipelines
        on
            days.forecast_on = pipelines.date
            and days.period_grain = pipelines.period_grain
            and shown.scope_type = pipelines.scope_type
            and shown.scope_id = pipelines.scope_id
),

joined as (
    select
        {{ key }},
        coalesce(compared.period_end, known.period_end) as period_end,
        compared.plan,
        compared.plan_version,
        compared.plan_at_start,
        compared.plan_at_start_version,
        compared.kpi_id is not null as is_planned,
        compared.figures,
        compared.is_known_scope,
        case
            when compared.kpi_id is not null then compared.fact
            else cast(
                round(coalesce(known.final, known.fact), 2) as {{ money() }}
            )
        end as fact,
        known.kpi_id is not null as is_forecast,
        {%- for column in [
            'forecast_on', 'seasonal_forecast', 'open_amount', 'crm_amount', 'open_revenue',
            'new_revenue', 'overdue_count', 'overdue_amount', 'periods_count',
        ] %}
        known.{{ column }},
        {%- endfor %}
        -- On its last day a period is known.
        {%- for column, name in [
            ('forecast', 'expected'), ('forecast_low', 'forecast_low'),
            ('forecast_high', 'forecast_high'),
        ] %}
        case
            when known.forecast_on = known.period_end
                then coalesce(
                    cast(compared.fact as double), cast(known.final as double)
                )
            else known.{{ column }}
        end as {{ name }},
        {%- endfor %}
        known.run_rate_forecast as run_rate,
        known.method as shown_method,
        known.fact as fact_then,
        {{ plan_z('compared.plan', 'known') }} as plan_z
    from compared
    full join known using ({{ key }})
    where compared.kpi_id is not null or known.kpi_id <> 'won_with_amount_count'
),

chanced as (
    select
        *,
        {{ chance_of('plan', 'fact_then', 'expected') }} as chance
    from joined
),

workdays as (
    select
        periods.period_start,
        periods.period_end,
        count(*) filter (where calendar.is_workday) as workdays_total,
        count(*) filter (where calendar.is_workday and calendar.date <= {{ as_of_date() }})
            as workdays_passed
    from (
        select distinct
            period_start,
            period_end
        from joined
    ) as periods
    inner join calendar
        on calendar.date between periods.period_start and periods.period_end
    group by periods.period_start, periods.period_end
),

-- Other KPIs: a sum goes on as it went so far, and a ratio or a stock stays as it is.
completed as (
    select
        joined.*,
        kpis.unit,
        kpis.good_direction,
        case when leavers.left_on < joined.period_end then leavers.left_on end as left_on,
        workdays.workdays_total,
        workdays.workdays_passed,
        joined.period_end <= {{ as_of_date() }} as is_over,
        uncovered.uncovered_fact,
        case when uncovered.uncovered_fact is null then joined.plan end as judged_plan,
        case
            when uncovered.uncovered_fact is null
                then round({{ corrected_chance('joined.chance', 'chances.odds_factor') }}, 6)
        end as plan_probability,
        case
            {%- for figures in ['scopes', 'calls', 'channels'] %}
            when joined.figures = '{{ figures }}'
                then kpis.column_name in ({{ text_list(additive_columns(figures)) }})
            {%- endfor %}
        end as is_sum,
        case
            when joined.fact is not null then 'measured'
            when joined.period_start > {{ as_of_date() }} then 'not_started'
            when not joined.is_known_scope then 'scope_unknown'
            when
                joined.is_planned and (
                    joined.figures is null
                    or (joined.figures = 'channels' and joined.scope_type <> 'company')
                )
                then 'not_counted'
            when not kpis.is_delivered then 'not_delivered'
            else 'undefined'
        end as fact_status
    from chanced as joined
    inner join kpis using (kpi_id)
    left join leavers using (scope_type, scope_id)
    left join workdays using (period_start, period_end)
    left join uncovered using (kpi_id, scope_type, period_start, period_end)
    left join chances
        on
            joined.kpi_id = chances.kpi_id
            and (joined.scope_type = 'manager') = chances.is_of_manager
            and joined.period_grain = chances.period_grain
            and joined.period_start = chances.period_start
            and {{ chance_band('joined.chance') }} = chances.chance_band
),

carried_on as (
    select
        *,
        case
            when is_forecast then run_rate
            when is_sum and not is_over
                then greatest(fact, {{ safe_divide('workdays_total', 'workdays_passed') }} * fact)
        end as run_rate_forecast,
        case
            when is_forecast then expected
            when is_over then null
            when is_sum
                then greatest(fact, {{ safe_divide('workdays_total', 'workdays_passed') }} * fact)
            else fact
        end as forecast,
        case
            when is_forecast then case when expected is not null then shown_method end
            when is_over or fact is null then null
            when is_sum then 'run_rate'
            else 'as_it_stands'
        end as method
    from completed
),

colored as (
    select
        *,
        {{ status_color() }} as status_color
    from carried_on
),

final as (
    select
        kpi_id,
        scope_type,
        scope_id,
        period_grain,
        period_start,
        period_end,
        unit,
        cast(plan as {{ money() }}) as plan,
        plan_version,
        cast(plan_at_start as {{ money() }}) as plan_at_start,
        plan_at_start_version,
        fact,
        {{ safe_divide('fact', 'judged_plan') }} as completion,
        case when uncovered_fact is null then {{ safe_divide('fact', 'plan_at_start') }} end
            as completion_at_start,
        uncovered_fact,
        fact_status,
        is_over,
        cast(workdays_passed as integer) as workdays_passed,
        cast(workdays_total as integer) as workdays_total,
        forecast_on,
        {%- for column in ['run_rate_forecast', 'seasonal_forecast'] %}
        cast({{ column }} as {{ hundredths() }}) as {{ column }},
        {%- endfor %}
        {%- for column, name in [
            ('open_amount', 'open_pipeline_amount'), ('crm_amount', 'crm_weighted_amount'),
            ('open_revenue', 'weighted_amount'), ('new_revenue', 'expected_new_amount'),
            ('forecast', 'forecast'), ('forecast_low', 'forecast_low'),
            ('forecast_high', 'forecast_high'),
        ] %}
        cast({{ column }} as {{ hundredths() }}) as {{ name }},
        {%- endfor %}
        -- Any fact reaches a plan of 0.
        case when plan <> 0 then plan_probability end as plan_probability,
        status_color,
        {{ color_reason('ru') }} as color_reason_ru,
        {{ color_reason('en') }} as color_reason_en,
        cast(judged_plan - fact as {{ money() }}) as gap_to_plan,
        case
            when is_sum and workdays_total > workdays_passed and fact is not null
                then cast(
                    greatest(0, judged_plan - fact) / (workdays_total - workdays_passed)
                    as {{ hundredths() }}
                )
        end as needed_per_workday,
        round(
            case
                when fact < judged_plan
                    then {{ safe_divide('open_amount', '(judged_plan - fact)') }}
            end, 6
        ) as coverage,
        case
            when kpi_id <> 'revenue' or uncovered_fact is not null then null
            when plan is null or plan = 0 then 'no_plan'
            when fact >= plan then 'achieved'
            when open_amount >= plan - fact then 'ok'
            when open_amount < plan - fact then 'short'
        end as coverage_status,
        cast(overdue_count as bigint) as overdue_count,
        cast(overdue_amount as {{ hundredths() }}) as overdue_amount,
        method as forecast_method,
        coalesce(periods_count < 3, true) as is_low_n,
        {{ as_of_date() }} as as_of_date
    from colored
),

{{ named('final', ['kpi', 'scope']) }}

select * from named
