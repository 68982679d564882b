{#- Parts of the forecast that several of its models share: docs/forecast.md. -#}

{#- The days in a stage at which a band of them begins. What stands longest comes last: deals that nobody
    works on any more gather there, and are not to be mixed with those that move. -#}
{% macro forecast_bands() -%}
    {{ return([0, 3, 7, 14, 30, 60, 120]) }}
{%- endmacro %}

{#- The band of the days that a deal has spent in its stage, as text. -#}
{% macro forecast_band(days) -%}
    case
        {%- for first in forecast_bands() | reverse %}
        when {{ days }} >= {{ first }} then '{{ first }}'
        {%- endfor %}
    end
{%- endmacro %}

{#- Whether a deal stands in its stage longer than any deal of the pipeline that was ever won:
    of int_forecast__longest. -#}
{% macro is_beyond_wins(entered_on, day) -%}
    {{ dbt.datediff(entered_on, day, 'day') }} > longest.longest_days
{%- endmacro %}

{#- The band of the working days that a period still has: errors of one band are compared. -#}
{% macro workdays_band(workdays) -%}
    case
        {%- for first in [46, 26, 16, 11, 6, 3, 1] %}
        when {{ workdays }} >= {{ first }} then {{ first }}
        {%- endfor %}
        else 0
    end
{%- endmacro %}

{#- The KPIs that are forecast for every scope, with the columns of int_scopes__periods they add up. -#}
{% macro forecast_sums() -%}
    {{ return({
        'revenue': 'revenue',
        'won_amount': 'won_amount',
        'won_count': 'won_count',
        'won_with_amount_count': 'won_with_amount_count',
        'calls': 'calls_out',
        'leads': 'leads_taken',
    }) }}
{%- endmacro %}

{#- The forecast of a method, by its name, of a row of int_forecast__methods; the expected one where the
    method has none. -#}
{% macro shown_forecast(method, row) -%}
    coalesce(
        case {{ method }}
            {%- for name in ['run_rate', 'seasonal', 'crm'] %}
            when '{{ name }}' then {{ row }}.{{ name }}_forecast
            {%- endfor %}
        end,
        {{ row }}.expected_forecast
    )
{%- endmacro %}

{#- CTEs `chosen` and `shown`: the forecast that is shown, with its 80 % interval: one row per KPI, scope, kind
    of period and day. Expects the CTEs `forecasts`, rows of int_forecast__methods with `is_of_manager`,
    `errors`, int_forecast__errors, and `spreads`, int_forecast__spreads. -#}
{% macro shown_forecasts() -%}
chosen as (
    select
        forecasts.*,
        forecasts.sd * coalesce(spreads.spread_factor, 1.0) as deviation,
        errors.method,
        errors.periods_count,
        errors.z_low,
        errors.z_middle,
        errors.z_high,
        {{ shown_forecast('errors.method', 'forecasts') }} as forecast
    from forecasts
    inner join errors using (kpi_id, is_of_manager, period_grain, workdays_band, period_start)
    left join spreads
        using (kpi_id, scope_type, scope_id, period_grain, workdays_band, period_start)
),

-- A sum only grows; an average may fall, too, but not below 0.
shown as (
    select
        *,
        case
            when forecast is not null
                then greatest(
                    forecast + z_low * deviation,
                    case when kpi_id = 'average_check' then 0 else fact end
                )
        end as forecast_low,
        forecast + z_high * deviation as forecast_high
    from chosen
)
{%- endmacro %}

{#- An incidence that leans on wider ones: each of `levels`, from the widest on, has a `weight` and an
    `incidence`; `widest` is what the first of them leans on. A level without rows has no weight. -#}
{% macro leaning(levels, widest) -%}
    {%- set shrunk = namespace(of=widest) -%}
    {%- for level in levels -%}
        {%- set shrunk.of = '(coalesce(' ~ level ~ '.weight * ' ~ level ~ '.incidence, 0) + (1 - coalesce('
            ~ level ~ '.weight, 0)) * ' ~ shrunk.of ~ ')' -%}
    {%- endfor -%}
    {{ return(shrunk.of) }}
{%- endmacro %}
