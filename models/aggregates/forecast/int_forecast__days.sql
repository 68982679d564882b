with

calendar as (
    select
        *,
        cast({{ dbt.date_trunc('month', 'date') }} as date) as month_start,
        cast({{ dbt.date_trunc('quarter', 'date') }} as date) as quarter_start,
        sum(case when is_workday then 1 else 0 end) over (order by date) as workday_no
    from {{ ref('dim_date') }}
),

bounds as (
    select
        greatest(
            cast({{ dbt.dateadd(
                'month', var('forecast_min_months'), 'min(month_start)'
            ) }} as date),
            cast({{ dbt.dateadd(
                'month', 1 - (var('forecast_months') | int), dbt.date_trunc('month', as_of_date())
            ) }} as date)
        ) as first_month
    from calendar
),

-- Of the current month all days, even if there is no history before it.
days as (
    select
        calendar.date,
        calendar.month_start,
        calendar.quarter_start,
        calendar.workday_no
    from calendar
    inner join bounds
        on
            calendar.month_start >= bounds.first_month
            or calendar.month_start = {{ period_start('month', as_of_date()) }}
    where
        calendar.date <= {{ as_of_date() }}
        and (calendar.is_workday or calendar.date = {{ as_of_date() }})
),

periods as (
    {%- for grain in ['month', 'quarter'] %}
    select
        '{{ grain }}' as period_grain,
        {{ grain }}_start as period_start,
        max(date) as period_end,
        max(workday_no) as last_workday_no,
        sum(case when is_workday then 1 else 0 end) as workdays_total
    from calendar
    group by {{ grain }}_start
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

counted as (
    select
        days.date,
        periods.period_grain,
        periods.period_start,
        periods.period_end,
        days.month_start as learned_on,
        cast({{ dbt.datediff('days.date', 'periods.period_end', 'day') }} as integer) as days_left,
        cast(periods.workdays_total as integer) as workdays_total,
        cast(periods.last_workday_no - days.workday_no as integer) as workdays_left
    from days
    inner join periods
        on
            case periods.period_grain
                when 'month' then days.month_start else days.quarter_start
            end = periods.period_start
),

final as (
    select
        *,
        workdays_total - workdays_left as workdays_passed,
        {{ workdays_band('workdays_left') }} as workdays_band,
        period_end <= {{ as_of_date() }} as is_over
    from counted
)

select * from final
