with

plans as (select * from {{ ref('int_forecast__plans') }}),

chances as (select * from {{ ref('int_forecast__chances') }}),

-- Plans of the company that leave out a part of its fact: neither is judged by the other.
uncovered as (select * from {{ ref('int_plans__uncovered') }}),

leavers as (
    select
        manager_id as scope_id,
        'manager' as scope_type,
        left_on
    from {{ ref('dim_manager') }}
    where left_on <= {{ as_of_date() }}
),

chanced as (
    select
        *,
        {{ chance_of('plan', 'fact_then', 'expected') }} as chance
    from plans
),

judged as (
    select
        chanced.*,
        case when leavers.left_on < chanced.period_end then leavers.left_on end as left_on,
        uncovered.uncovered_fact,
        case when uncovered.uncovered_fact is null then chanced.plan end as judged_plan,
        case
            when uncovered.uncovered_fact is null
                then round({{ corrected_chance('chanced.chance', 'chances.odds_factor') }}, 6)
        end as plan_probability
    from chanced
    left join leavers using (scope_type, scope_id)
    left join uncovered using (kpi_id, scope_type, period_start, period_end)
    left join chances
        on
            chanced.kpi_id = chances.kpi_id
            and (chanced.scope_type = 'manager') = chances.is_of_manager
            and chanced.period_grain = chances.period_grain
            and chanced.period_start = chances.period_start
            and {{ chance_band('chanced.chance') }} = chances.chance_band
),

-- Other KPIs: a sum goes on as it went so far, and a ratio or a stock stays as it is.
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
    from judged
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
        {{ as_decimal(column, hundredths()) }} as {{ column }},
        {%- endfor %}
        {%- for column, name in [
            ('open_amount', 'open_pipeline_amount'), ('crm_amount', 'crm_weighted_amount'),
            ('open_revenue', 'weighted_amount'), ('new_revenue', 'expected_new_amount'),
            ('forecast', 'forecast'), ('forecast_low', 'forecast_low'),
            ('forecast_high', 'forecast_high'),
        ] %}
        {{ as_decimal(column, hundredths()) }} as {{ name }},
        {%- endfor %}
        -- Any fact reaches a plan of 0.
        case when plan <> 0 then plan_probability end as plan_probability,
        status_color,
        {{ color_reason('ru') }} as color_reason_ru,
        {{ color_reason('en') }} as color_reason_en,
        cast(judged_plan - fact as {{ money() }}) as gap_to_plan,
        case
            when is_sum and workdays_total > workdays_passed and fact is not null
                then {{ as_decimal(
                    'greatest(0, judged_plan - fact) / (workdays_total - workdays_passed)', hundredths()
                ) }}
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
