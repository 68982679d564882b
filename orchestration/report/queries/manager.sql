-- The figures of each manager: plan and fact, conversion raw and at an equal mix, calls, letters.
with letters as (
    select
        grain,
        period,
        manager_id,
        sum(out_count) as letters_out,
        sum(response_seconds) / 60 / nullif(sum(answered_count), 0) as response_minutes
    from marts.mart_correspondence_daily
    inner join recent on date between period and last_on
    group by all
)

select
    recent.grain,
    recent.period,
    not recent.is_over as is_preliminary,
    kpi.manager_id,
    coalesce(kpi.manager_name, kpi.manager_id) as manager,
    kpi.department,
    kpi.revenue,
    kpi.plan_revenue,
    kpi.plan_completion,
    kpi.gap_revenue,
    kpi.gap_planned_leads,
    kpi.gap_effect_leads,
    kpi.gap_effect_conversion,
    kpi.gap_effect_check,
    kpi.gap_effect_refunds,
    kpi.top_gap_kpi,
    if(delivered.leads, kpi.leads_taken, null) as leads,
    kpi.crm_won_count as won,
    kpi.won_count - kpi.crm_won_count as shop_won,
    kpi.crm_closed_count as closed,
    kpi.win_rate,
    kpi.win_rate_ci_low as win_rate_low,
    kpi.win_rate_ci_high as win_rate_high,
    kpi.adjusted_win_rate,
    kpi.mix_index,
    kpi.mix_index_ci_low as mix_low,
    kpi.mix_index_ci_high as mix_high,
    if(delivered.calls, kpi.calls_out, null) as calls_out,
    if(delivered.calls, kpi.meaningful_calls, null) as meaningful_calls,
    kpi.missed_rate,
    kpi.callback_rate,
    if(delivered.messages, coalesce(letters.letters_out, 0), null) as letters_out,
    letters.response_minutes,
    kpi.speed_to_lead_p50_minutes as speed_minutes,
    kpi.speed_to_lead_within_15_share as within_15,
    -- Too few deals do not tell that there is no problem.
    if(kpi.is_low_n and kpi.problem_scope = 'none', null, kpi.problem_scope) as problem_scope,
    kpi.is_low_n
from marts.mart_manager_kpi as kpi
inner join recent on kpi.period_grain = recent.grain and kpi.period_start = recent.period
inner join (select manager_id from scopes where scope_type = 'manager') as chosen using (manager_id)
left join letters
    on kpi.manager_id = letters.manager_id
    and recent.grain = letters.grain and recent.period = letters.period
cross join delivered
where kpi.leads_taken + kpi.deals_created + kpi.closed_count + kpi.calls_out + kpi.calls_in > 0
    or kpi.plan_revenue > 0
order by
    recent.grain, recent.period, kpi.manager_id = 'unassigned',
    kpi.revenue desc nulls last, manager, kpi.manager_id
