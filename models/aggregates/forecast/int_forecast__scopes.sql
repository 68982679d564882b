{%- set sums = forecast_sums() -%}
{%- set delivered_by = {
    'revenue': 'has_amounts', 'won_amount': 'has_amounts', 'won_count': 'has_deals', 'won_with_amount_count': 'has_amounts',
    'calls': 'has_calls', 'leads': 'has_leads',
} -%}
{%- set days_before = [7 * (var('forecast_recent_weeks') | int) - 1, 0] | max -%}
{%- set expected = [
    'open_won', 'open_paid', 'open_revenue', 'new_won', 'new_paid', 'new_revenue', 'won_variance',
    'revenue_variance', 'covariance', 'open_won_sd', 'open_revenue_sd', 'new_won_sd',
    'new_revenue_sd', 'open_amount', 'crm_amount', 'overdue_count', 'overdue_amount',
] -%}
{%- set amounts = ['open_amount', 'crm_amount', 'overdue_amount'] -%}

with

scopes as (select * from {{ ref('int_scopes__managers') }}),

forecast_days as (select * from {{ ref('int_forecast__days') }}),

delivered as (select * from {{ ref('int_forecast__delivered') }}),

daily as (
    select
        periods.*,
        periods.period_start as date,
        calendar.is_workday
    from {{ ref('int_scopes__periods') }} as periods
    inner join {{ ref('dim_date') }} as calendar on periods.period_start = calendar.date
    where periods.period_grain = 'day'
),

-- Days of a scope have no gaps: so many rows back are so many days back.
running as (
    select
        scope_type,
        scope_id,
        date,
        {%- for grain in ['month', 'quarter'] %}
        {%- for part, days in [('fact', grain ~ '_to_date'), ('final', 'whole_' ~ grain)] %}
        {%- for kpi, column in sums.items() if kpi != 'revenue' %}
        coalesce(sum({{ column }}) over {{ days }}, 0) as {{ grain }}_{{ kpi }}_{{ part }},
        {%- endfor %}
        {{ known_revenue('over ' ~ days) }} as {{ grain }}_revenue_{{ part }},
        {%- endfor %}
        {%- endfor %}
        {%- for kpi in ['calls', 'leads'] %}
        {%- for days, condition in [('workday', 'is_workday'), ('other_day', 'not is_workday')] %}
        {%- set value = 'cast(case when ' ~ condition ~ ' then ' ~ sums[kpi] ~ ' end as double)' %}
        coalesce(avg({{ value }}) over recently, 0) as {{ kpi }}_{{ days }},
        coalesce(var_pop({{ value }}) over recently, 0) as {{ kpi }}_{{ days }}_variance,
        {%- endfor %}
        {%- endfor %}
        coalesce(sum(refund_amount) over last_year, 0)
        / nullif(sum(won_amount) over last_year, 0) as refunded_share
    from daily
    window
        {%- for grain in ['month', 'quarter'] %}
        {{ grain }}_to_date as (
            partition by scope_type, scope_id, {{ dbt.date_trunc(grain, 'date') }} order by date
        ),
        whole_{{ grain }} as (
            partition by scope_type, scope_id, {{ dbt.date_trunc(grain, 'date') }}
        ),
        {%- endfor %}
        recently as (
            partition by scope_type, scope_id order by date
            rows between {{ days_before }} preceding and current row
        ),
        last_year as (
            partition by scope_type, scope_id order by date
            rows between 364 preceding and current row
        )
),

of_managers as (
    select
        date,
        period_grain,
        manager_id,
        expected_open.won as open_won,
        expected_open.paid as open_paid,
        expected_open.revenue as open_revenue,
        expected_new.won as new_won,
        expected_new.paid as new_paid,
        expected_new.revenue as new_revenue,
        coalesce(expected_open.won_variance, 0) + coalesce(expected_new.won, 0) as won_variance,
        coalesce(expected_open.revenue_variance, 0) + coalesce(expected_new.revenue_variance, 0)
            as revenue_variance,
        coalesce(expected_open.covariance, 0) + coalesce(expected_new.revenue, 0) as covariance,
        expected_open.won_rate_sd as open_won_sd,
        expected_open.revenue_rate_sd as open_revenue_sd,
        expected_new.won_rate_sd as new_won_sd,
        expected_new.revenue_rate_sd as new_revenue_sd,
        expected_open.open_amount,
        expected_open.crm_amount,
        expected_open.overdue_count,
        expected_open.overdue_amount
    from {{ ref('int_forecast__open') }} as expected_open
    full join {{ ref('int_forecast__new') }} as expected_new using (date, period_grain, manager_id)
),

-- The learned rates are the same for all managers: their errors add up, they do not cancel out.
of_scopes as (
    select
        of_managers.date,
        of_managers.period_grain,
        scopes.scope_type,
        {%- for column in expected %}
        sum(of_managers.{{ column }}) as {{ column }},
        {%- endfor %}
        scopes.scope_id
    from of_managers
    inner join scopes using (manager_id)
    group by all
),

final as (
    {%- for grain in ['month', 'quarter'] %}
    select
        forecast_days.date,
        forecast_days.period_grain,
        forecast_days.period_start,
        forecast_days.period_end,
        forecast_days.learned_on,
        forecast_days.days_left,
        forecast_days.workdays_total,
        forecast_days.workdays_left,
        forecast_days.workdays_passed,
        forecast_days.workdays_band,
        forecast_days.is_over,
        running.scope_type,
        running.scope_id,
        {%- for kpi in sums %}
        case when delivered.{{ delivered_by[kpi] }} then running.{{ grain }}_{{ kpi }}_fact end
            as {{ kpi }}_fact,
        case
            when delivered.{{ delivered_by[kpi] }} and forecast_days.is_over
                then running.{{ grain }}_{{ kpi }}_final
        end as {{ kpi }}_final,
        {%- endfor %}
        {%- for kpi in ['calls', 'leads'] %}
        {%- for part in ['', '_variance'] %}
        running.{{ kpi }}_workday{{ part }} * forecast_days.workdays_left
        + running.{{ kpi }}_other_day{{ part }}
        * (forecast_days.days_left - forecast_days.workdays_left) as {{ kpi }}{{ part or '_new' }},
        {%- endfor %}
        {%- endfor %}
        {%- for column in expected | reject('in', amounts + ['open_revenue', 'new_revenue']) %}
        coalesce(of_scopes.{{ column }}, 0) as {{ column }},
        {%- endfor %}
        {%- for column in amounts %}
        case when delivered.has_amounts then coalesce(of_scopes.{{ column }}, 0) end
            as {{ column }},
        {%- endfor %}
        -- Of what is won, a part is given back sooner or later.
        case when delivered.has_amounts then coalesce(of_scopes.open_revenue, 0) end
        * (1 - least(1.0, coalesce(running.refunded_share, 0))) as open_revenue,
        case when delivered.has_amounts then coalesce(of_scopes.new_revenue, 0) end
        * (1 - least(1.0, coalesce(running.refunded_share, 0))) as new_revenue,
        case
            when delivered.has_amounts
                then coalesce(of_scopes.open_revenue, 0) + coalesce(of_scopes.new_revenue, 0)
        end as won_amount_new
    from forecast_days
    inner join running using (date)
    cross join delivered
    left join of_scopes using (date, period_grain, scope_type, scope_id)
    where forecast_days.period_grain = '{{ grain }}'
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from final
