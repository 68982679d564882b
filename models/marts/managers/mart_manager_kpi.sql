with

periods as (
    select * from {{ ref('int_manager__periods_summed') }}
),

medians as (
    select * from {{ ref('int_manager__periods_medians') }}
),

plans as (
    select
        *,
        'month' as period_grain
    from {{ ref('int_manager__plans') }}
),

managers as (
    select * from {{ ref('dim_manager') }}
),

joined as (
    select
        periods.*,
        managers.name as manager_name,
        managers.team,
        managers.department,
        medians.sales_cycle_median_days,
        medians.speed_to_lead_p50_minutes,
        plans.plan_revenue,
        plans.plan_calls,
        plans.plan_average_check,
        periods.won_count + periods.lost_count as closed_count,
        -- Wins whose money nobody knows are not wins worth nothing.
        case
            when
                periods.revenue_known_count > 0
                or periods.revenue_unknown_count = 0
                then periods.won_amount - periods.refund_amount
        end as revenue
    from periods
    left join managers on periods.manager_id = managers.manager_id
    left join medians
        on
            periods.manager_id = medians.manager_id
            and periods.period_grain = medians.period_grain
            and periods.period_start = medians.period_start
    left join plans
        on
            periods.manager_id = plans.manager_id
            and periods.period_grain = plans.period_grain
            and periods.period_start = plans.period_start
    where
        periods.leads_taken + periods.deals_created + periods.won_count
        + periods.lost_count + periods.refund_count + periods.calls_out
        + periods.calls_in + periods.open_count > 0
        or plans.manager_id is not null
),

checked as (
    select
        *,
        {{ safe_divide('revenue', 'won_with_amount_count') }} as average_check
    from joined
),

final as (
    select
        manager_id,
        period_grain,
        period_start,
        manager_name,
        team,
        department,
        leads_taken,
        deals_created,
        open_count,
        won_count,
        lost_count,
        cast(revenue as decimal(18, 2)) as revenue,
        average_check,
        {{ safe_divide('won_count', 'closed_count') }} as win_rate,
        {{ safe_divide('won_amount', '(won_amount + lost_amount)') }}
            as value_win_rate,
        new_won_count,
        new_closed_count,
        {{ safe_divide('new_won_count', 'new_closed_count') }} as new_win_rate,
        returning_won_count,
        returning_closed_count,
        {{ safe_divide('returning_won_count', 'returning_closed_count') }}
            as returning_win_rate,
        sales_cycle_median_days,
        calls_out,
        calls_out_connected,
        calls_in,
        calls_in_answered,
        calls_in_missed,
        {{ safe_divide(
            'calls_in_missed', '(calls_in_answered + calls_in_missed)'
        ) }} as missed_rate,
        talk_seconds,
        meaningful_calls,
        speed_to_lead_p50_minutes,
        leads_never_contacted,
        plan_revenue,
        {{ safe_divide('revenue', 'plan_revenue') }} as plan_completion,
        plan_calls,
        {{ safe_divide('calls_out', 'plan_calls') }} as plan_calls_completion,
        plan_average_check,
        {{ safe_divide('average_check', 'plan_average_check') }}
            as plan_average_check_completion,
        closed_count < {{ var('low_n') }} as is_low_n,
        {{ as_of_date() }} as as_of_date
    from checked
)

select * from final
