with

scopes as (
    select
        *,
        won_variance + power(open_won_sd, 2) + power(new_won_sd, 2) as won_all_variance,
        revenue_variance + power(open_revenue_sd, 2) + power(new_revenue_sd, 2)
            as revenue_all_variance,
        revenue_fact + open_revenue + new_revenue as revenue_expected,
        won_amount_fact + won_amount_new as won_amount_expected,
        won_with_amount_count_fact + open_paid + new_paid as paid_expected
    from {{ ref('int_forecast__scopes') }}
),

stages as (select * from {{ ref('dim_stage') }}),

has_probabilities as (select count(probability) > 0 as is_known from stages),

{%- set kpis = {
    'revenue': ('revenue_fact', 'revenue_final', 'revenue_expected', 'revenue_all_variance'),
    'won_count': (
        'won_count_fact', 'won_count_final', 'won_count_fact + open_won + new_won',
        'won_all_variance',
    ),
    'won_with_amount_count': (
        'won_with_amount_count_fact', 'won_with_amount_count_final', 'paid_expected',
        'won_all_variance',
    ),
    'average_check': (
        'won_amount_fact / nullif(won_with_amount_count_fact, 0)',
        'won_amount_final / nullif(won_with_amount_count_final, 0)',
        'won_amount_expected / nullif(paid_expected, 0)',
        '(revenue_all_variance - 2 * covariance * won_amount_expected / nullif(paid_expected, 0)'
        ~ ' + won_all_variance * power(won_amount_expected / nullif(paid_expected, 0), 2))'
        ~ ' / nullif(power(paid_expected, 2), 0)',
    ),
    'calls': ('calls_fact', 'calls_final', 'calls_fact + calls_new', 'calls_variance'),
    'leads': ('leads_fact', 'leads_final', 'leads_fact + leads_new', 'leads_variance'),
} %}

listed as (
    {%- for kpi, (fact, last, expected, variance) in kpis.items() %}
    select
        '{{ kpi }}' as kpi_id,
        scope_type,
        scope_id,
        period_grain,
        period_start,
        date as forecast_on,
        workdays_total,
        workdays_passed,
        workdays_left,
        workdays_band,
        cast({{ fact }} as double) as fact,
        cast({{ last }} as double) as final,
        cast({{ expected }} as double) as expected_forecast,
        {%- if kpi == 'revenue' %}
        case when is_known then cast(revenue_fact as double) + crm_amount end as crm_forecast,
        {%- else %}
        cast(null as double) as crm_forecast,
        {%- endif %}
        sqrt(greatest(0, {{ variance }})) as sd
    from scopes
    {{ 'cross join has_probabilities' if kpi == 'revenue' }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- A day off has as many working days left as the day before it: both belong to one period.
periods as (
    select
        *,
        dense_rank() over (
            partition by kpi_id, period_grain, workdays_left order by period_start
        ) as period_no
    from listed
    where scope_type = 'company' and kpi_id <> 'average_check'
),

-- The share of a period that the company usually has by that working day: twelve periods before.
usual as (
    select
        kpi_id,
        period_grain,
        period_start,
        forecast_on,
        sum(fact) over earlier_periods / nullif(sum(final) over earlier_periods, 0) as usual_share
    from periods
    window earlier_periods as (
        partition by kpi_id, period_grain, workdays_left order by period_no
        range between 12 preceding and 1 preceding
    )
),

final as (
    select
        listed.kpi_id,
        listed.scope_type,
        listed.scope_id,
        listed.period_grain,
        listed.period_start,
        listed.forecast_on,
        listed.workdays_total,
        listed.workdays_left,
        listed.workdays_band,
        listed.fact,
        listed.final,
        listed.sd,
        -- Nothing that is won already is taken back.
        case
            when listed.kpi_id = 'average_check' then listed.expected_forecast
            else greatest(listed.fact, listed.expected_forecast)
        end as expected_forecast,
        case
            when listed.kpi_id = 'average_check' then listed.fact
            when listed.workdays_passed > 0
                then greatest(
                    listed.fact, listed.fact * listed.workdays_total / listed.workdays_passed
                )
        end as run_rate_forecast,
        case
            when usual.usual_share >= 0.01
                then greatest(listed.fact, listed.fact / usual.usual_share)
        end as seasonal_forecast,
        case
            when listed.crm_forecast is not null then greatest(listed.fact, listed.crm_forecast)
        end as crm_forecast
    from listed
    left join usual using (kpi_id, period_grain, period_start, forecast_on)
)

select * from final
