with

forecasts as (select * from {{ ref('int_forecast__methods') }}),

-- The as_of day, and the middle working day of each period that is over.
days as (
    select
        date as forecast_on,
        period_grain,
        period_start,
        period_end
    from {{ ref('int_forecast__days') }}
    where
        date = {{ as_of_date() }}
        or (is_over and workdays_passed = cast(ceil(workdays_total / 2e0) as integer))
    -- An as_of day off has as many working days behind it as the day before.
    qualify row_number() over (
        partition by period_grain, period_start order by date desc
    ) = 1
),

scopes as (select * from {{ ref('int_forecast__scopes') }}),

final as (
    select
        forecasts.kpi_id,
        forecasts.scope_type,
        forecasts.scope_id,
        forecasts.period_grain,
        forecasts.period_start,
        days.period_end,
        forecasts.forecast_on,
        forecasts.workdays_band,
        forecasts.fact,
        forecasts.final,
        forecasts.sd,
        forecasts.expected_forecast,
        forecasts.run_rate_forecast,
        forecasts.seasonal_forecast,
        forecasts.crm_forecast,
        {%- for column in [
            'open_amount', 'open_revenue', 'new_revenue', 'overdue_count', 'overdue_amount',
        ] %}
        case when forecasts.kpi_id = 'revenue' then scopes.{{ column }} end as {{ column }},
        {%- endfor %}
        case when forecasts.crm_forecast is not null then scopes.crm_amount end as crm_amount
    from forecasts
    inner join days using (period_grain, period_start, forecast_on)
    inner join scopes
        on
            days.forecast_on = scopes.date
            and days.period_grain = scopes.period_grain
            and forecasts.scope_type = scopes.scope_type
            and forecasts.scope_id = scopes.scope_id
)

select * from final
