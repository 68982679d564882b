{%- set methods = ['shown', 'expected', 'run_rate', 'seasonal', 'crm'] -%}

with

forecasts as (
    select
        *,
        scope_type = 'manager' as is_of_manager
    from {{ ref('int_forecast__methods') }}
),

errors as (select * from {{ ref('int_forecast__errors') }}),

spreads as (select * from {{ ref('int_forecast__spreads') }}),

{{ shown_forecasts() }},

finished as (
    select
        *,
        forecast as shown_forecast,
        {{ as_decimal('abs(final)', 'decimal(28, 6)') }} as total,
        {{ as_decimal('abs(run_rate_forecast - final)', 'decimal(28, 6)') }} as naive_error,
        {{ as_decimal('abs(crm_forecast - final)', 'decimal(28, 6)') }} as crm_error,
        case
            when final between forecast_low - 0.005 and forecast_high + 0.005 then 1.0 else 0.0
        end as covered
    from shown
    where final is not null and kpi_id <> 'won_with_amount_count'
),

-- A method is judged on the days it has a forecast of, beside the two others on the same days.
judged as (
    {%- for method in methods %}
    select
        kpi_id,
        scope_type,
        scope_id,
        period_grain,
        '{{ method }}' as method,
        workdays_left,
        count(*) as forecasts_count,
        sum({{ as_decimal('abs(' ~ method ~ '_forecast - final)', 'decimal(28, 6)') }}) as error,
        sum({{ as_decimal(method ~ '_forecast - final', 'decimal(28, 6)') }}) as signed_error,
        sum(total) as total,
        sum(naive_error) as naive_error,
        sum(total) filter (where run_rate_forecast is not null) as naive_total,
        sum(crm_error) as crm_error,
        sum(total) filter (where crm_forecast is not null) as crm_total,
        {{ mean('covered') }} as interval_coverage
    from finished
    where {{ method }}_forecast is not null
    group by all
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

final as (
    select
        kpi_id,
        scope_type,
        scope_id,
        period_grain,
        method,
        workdays_left,
        forecasts_count,
        {{ rounded(safe_divide('error', 'total'), 6) }} as wape,
        {{ rounded(safe_divide('signed_error', 'total'), 6) }} as bias,
        case when method = 'shown' then cast(interval_coverage as double) end
            as interval_coverage,
        {{ rounded(safe_divide('naive_error', 'naive_total'), 6) }} as naive_wape,
        {{ rounded(safe_divide('crm_error', 'crm_total'), 6) }} as crm_wape,
        {{ in_cents('error') }} as absolute_error,
        {{ in_cents('total') }} as fact_total,
        {{ as_of_date() }} as as_of_date
    from judged
),

{{ named('final', ['kpi', 'scope']) }}

select * from named
