{%- set scope = 'kpi_id, scope_type, scope_id, period_grain, workdays_band' -%}
{%- set all_scopes = 'kpi_id, period_grain, workdays_band' -%}

with

forecasts as (
    select
        *,
        -- In tenths of standard deviations; no error counts as more than ten.
        case
            when final is not null and sd > 0
                then cast(
                    round(least(10, abs(final - expected_forecast) / sd), 1) as decimal(28, 1)
                )
        end as error
    from {{ ref('int_forecast__methods') }}
    where scope_type <> 'manager'
),

periods as (
    select
        {{ scope }},
        period_start,
        coalesce(sum(error), 0) as error,
        count(error) as forecasts_count
    from forecasts
    group by {{ scope }}, period_start
),

-- Of a period only those before it count: they ended before it began.
earlier_periods as (
    select
        {{ scope }},
        period_start,
        count(*) filter (where forecasts_count > 0) over earlier as periods_count,
        {{ safe_divide('sum(error) over earlier', 'sum(forecasts_count) over earlier') }}
            as own_error,
        {{ safe_divide(
            '((sum(error) over until_now) - (sum(error) over now))',
            '((sum(forecasts_count) over until_now) - (sum(forecasts_count) over now))'
        ) }} as usual_error
    from periods
    window
        earlier as (
            partition by {{ scope }} order by period_start
            rows between unbounded preceding and 1 preceding
        ),
        until_now as (partition by {{ all_scopes }} order by period_start),
        now as (partition by {{ all_scopes }}, period_start)
),

-- As if the scope had been like the others in twelve more periods.
final as (
    select
        {{ scope }},
        period_start,
        periods_count,
        own_error,
        usual_error,
        case
            when own_error is not null and usual_error > 0
                then round(
                    (periods_count * own_error / usual_error + 12) / (periods_count + 12), 6
                )
            else 1.0
        end as spread_factor
    from earlier_periods
)

select * from final
