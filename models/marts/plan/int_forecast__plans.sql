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

forecasts as (
    select
        *,
        scope_type = 'manager' as is_of_manager
    from {{ ref('int_forecast__periods') }}
),

errors as (select * from {{ ref('int_forecast__errors') }}),

spreads as (select * from {{ ref('int_forecast__spreads') }}),

{{ shown_forecasts() }},

{{ plan_facts() }},

-- On its last day a period is known.
joined as (
    select
        {{ key }},
        coalesce(compared.period_end, shown.period_end) as period_end,
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
                {{ as_decimal('coalesce(shown.final, shown.fact)', hundredths()) }} as {{ money() }}
            )
        end as fact,
        shown.kpi_id is not null as is_forecast,
        shown.forecast_on,
        shown.fact as fact_then,
        {%- for column, name in [
            ('forecast', 'expected'), ('forecast_low', 'forecast_low'),
            ('forecast_high', 'forecast_high'),
        ] %}
        case
            when shown.forecast_on = shown.period_end
                then coalesce(cast(compared.fact as double), cast(shown.final as double))
            else shown.{{ column }}
        end as {{ name }},
        {%- endfor %}
        shown.run_rate_forecast as run_rate,
        shown.seasonal_forecast,
        {{ plan_z('compared.plan', 'shown') }} as plan_z,
        shown.method as shown_method,
        shown.periods_count,
        {%- for column in [
            'open_amount', 'crm_amount', 'open_revenue', 'new_revenue', 'overdue_count',
        ] %}
        shown.{{ column }},
        {%- endfor %}
        shown.overdue_amount
    from compared
    full join shown using ({{ key }})
    where compared.kpi_id is not null or shown.kpi_id <> 'won_with_amount_count'
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

final as (
    select
        joined.*,
        kpis.unit,
        kpis.good_direction,
        workdays.workdays_total,
        workdays.workdays_passed,
        joined.period_end <= {{ as_of_date() }} as is_over,
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
    from joined
    inner join kpis using (kpi_id)
    left join workdays using (period_start, period_end)
)

select * from final
