{{ config(materialized='view') }}

with

forecasts as (
    select
        *,
        scope_type = 'manager' as is_of_manager
    from {{ ref('int_forecast__methods') }}
),

errors as (select * from {{ ref('int_forecast__errors') }}),

shown as (
    select
        forecasts.kpi_id,
        forecasts.scope_type,
        forecasts.scope_id,
        forecasts.period_grain,
        forecasts.period_start,
        forecasts.forecast_on,
        forecasts.workdays_total,
        forecasts.workdays_left,
        forecasts.workdays_band,
        forecasts.fact,
        forecasts.final,
        forecasts.sd,
        forecasts.expected_forecast,
        forecasts.run_rate_forecast,
        forecasts.seasonal_forecast,
        forecasts.crm_forecast,
        forecasts.is_of_manager,
        errors.method,
        errors.periods_count,
        errors.z_low,
        errors.z_middle,
        errors.z_high,
        {{ shown_forecast('errors.method', 'forecasts') }} as forecast
    from forecasts
    inner join errors using (kpi_id, is_of_manager, period_grain, workdays_band, period_start)
),

-- A sum only grows; an average may fall, too, but not below 0.
final as (
    select
        *,
        case
            when forecast is not null
                then greatest(
                    forecast + z_low * sd, case when kpi_id = 'average_check' then 0 else fact end
                )
        end as forecast_low,
        forecast + z_high * sd as forecast_high
    from shown
)

select * from final
