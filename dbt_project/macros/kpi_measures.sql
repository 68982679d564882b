{#- The measures that mart_manager_kpi and mart_department_kpi share: each formula is written once.
    Expects the relations `periods` (int_scopes__periods with average_check), `compared`, `mix`,
    `gaps`, `problems` and `workdays`. -#}
{% macro kpi_measures() -%}
    periods.leads_taken,
    periods.crm_leads_taken,
    periods.deals_created,
    periods.open_count,
    periods.won_count,
    periods.lost_count,
    periods.closed_count,
    periods.crm_won_count,
    periods.crm_closed_count,
    periods.revenue,
    periods.won_with_amount_count,
    periods.crm_won_with_amount_count,
    periods.average_check,
    {{ safe_divide('periods.crm_won_with_amount_count', 'periods.crm_leads_taken') }} as period_conversion,
    {{ safe_divide('periods.crm_won_count', 'periods.crm_closed_count') }} as win_rate,
    {{ wilson_low('periods.crm_won_count', 'periods.crm_closed_count') }} as win_rate_ci_low,
    {{ wilson_high('periods.crm_won_count', 'periods.crm_closed_count') }} as win_rate_ci_high,
    periods.won_amount,
    periods.closed_amount,
    periods.crm_won_amount,
    periods.crm_closed_amount,
    {{ safe_divide('periods.crm_won_amount', 'periods.crm_closed_amount') }} as value_win_rate,
    periods.new_won_count,
    periods.new_closed_count,
    {{ safe_divide('periods.new_won_count', 'periods.new_closed_count') }} as new_win_rate,
    periods.returning_won_count,
    periods.returning_closed_count,
    {{ safe_divide('periods.returning_won_count', 'periods.returning_closed_count') }}
        as returning_win_rate,
    mix.expected_won,
    {{ safe_divide('periods.crm_won_count', 'mix.expected_won') }} as mix_index,
    {{ wilson_low('periods.crm_won_count', 'periods.crm_closed_count') }}
    * {{ safe_divide('periods.crm_closed_count', 'mix.expected_won') }} as mix_index_ci_low,
    {{ wilson_high('periods.crm_won_count', 'periods.crm_closed_count') }}
    * {{ safe_divide('periods.crm_closed_count', 'mix.expected_won') }} as mix_index_ci_high,
    {{ adjusted_rate(safe_divide('periods.crm_won_count', 'mix.expected_won') ~ ' * mix.parent_rate') }}
        as adjusted_win_rate,
    periods.sales_cycle_median_days,
    periods.calls_out,
    periods.calls_out_connected,
    workdays.workdays,
    coalesce(workdays.is_absence_known, false) as is_absence_known,
    case when workdays.has_calls then {{ safe_divide('periods.calls_out', 'workdays.workdays') }} end
        as calls_per_workday,
    periods.calls_in,
    periods.calls_in_answered,
    periods.calls_in_missed,
    periods.calls_in_queued,
    {{ safe_divide('periods.calls_in_missed', 'periods.calls_in_queued') }} as missed_rate,
    periods.talk_seconds,
    periods.meaningful_calls,
    periods.missed_episodes,
    periods.episodes_called_back,
    {{ safe_divide('periods.episodes_called_back', 'periods.missed_episodes') }} as callback_rate,
    periods.leads_from_calls,
    {%- for percent in [50, 95] %}
    periods.speed_to_lead_p{{ percent }}_minutes,
    periods.speed_to_lead_p{{ percent }}_calendar_minutes,
    periods.speed_to_contact_p{{ percent }}_minutes,
    {%- endfor %}
    periods.leads_timed,
    {%- for minutes in [5, 15, 60] %}
    periods.leads_within_{{ minutes }},
    {{ safe_divide('periods.leads_within_' ~ minutes, 'periods.leads_timed') }}
        as speed_to_lead_within_{{ minutes }}_share,
    {%- endfor %}
    periods.leads_never_contacted,
    compared.revenue_previous,
    compared.revenue_change,
    compared.revenue_year_ago,
    compared.revenue_year_change,
    compared.won_previous,
    compared.won_change,
    periods.plan_revenue,
    case
        when gaps.gap_revenue is not null
            then {{ safe_divide('periods.revenue', 'periods.plan_revenue') }}
    end as plan_completion,
    periods.plan_calls,
    {{ safe_divide('periods.calls_out', 'periods.plan_calls') }} as plan_calls_completion,
    periods.plan_average_check,
    {{ safe_divide('periods.average_check', 'periods.plan_average_check') }}
        as plan_average_check_completion,
    gaps.gap_revenue,
    gaps.gap_method,
    gaps.gap_planned_leads,
    gaps.gap_effect_leads,
    gaps.gap_effect_conversion,
    gaps.gap_effect_check,
    gaps.gap_effect_refunds,
    problems.problem_scope,
    gaps.top_gap_kpi,
    periods.crm_closed_count < {{ var('low_n') }} as is_low_n,
    {{ as_of_date() }} as as_of_date
{%- endmacro %}
