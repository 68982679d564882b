-- Calls of the company, each department, team and manager.
select
    grain,
    period,
    scope_type || ':' || scope_id as scope,
    coalesce(sum(sessions) filter (where direction = 'in'), 0) as calls_in,
    coalesce(sum(answered) filter (where direction = 'in'), 0) as answered,
    coalesce(sum(missed) filter (where direction = 'in'), 0) as missed,
    sum(missed) filter (where direction = 'in')
        / nullif(sum(answered + missed) filter (where direction = 'in'), 0) as missed_rate,
    sum(answered_in_time) / nullif(sum(sla_sessions), 0) as sla_share,
    sum(answer_seconds) filter (where direction = 'in')
        / nullif(sum(answered_timed) filter (where direction = 'in'), 0) as answer_seconds,
    coalesce(sum(sessions) filter (where direction = 'out'), 0) as calls_out,
    coalesce(sum(answered) filter (where direction = 'out'), 0) as calls_out_answered,
    sum(meaningful_calls) as meaningful_calls,
    sum(talk_seconds) / 3600.0 as talk_hours,
    sum(episodes) as episodes,
    sum(episodes_called_back) as called_back,
    sum(episodes_self_recovered) as self_recovered,
    sum(episodes_unresolved) as unresolved,
    sum(episodes_called_back) / nullif(sum(episodes), 0) as callback_rate,
    bool_or(day_status = 'preliminary') as is_preliminary,
    coalesce(sum(sessions) filter (where direction = 'in'), 0) < 30 as is_low_n
from marts.mart_call_daily
inner join recent on date between period and last_on
inner join scopes using (manager_id)
group by grain, period, scope_type, scope_id
order by grain, scope, period
