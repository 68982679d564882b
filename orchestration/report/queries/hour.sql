-- Incoming calls of the last thirteen weeks by hour of the day.
select
    scope_type || ':' || scope_id as scope,
    hour_of_day,
    sum(sessions) as calls_in,
    sum(answered) as answered,
    sum(missed) as missed,
    sum(missed) / nullif(sum(answered + missed), 0) as missed_rate,
    sum(answered + missed) < 30 as is_low_n
from marts.mart_call_hourly inner join scopes using (manager_id)
where direction = 'in' and date > as_of_date - 91
group by scope_type, scope_id, hour_of_day
order by scope, hour_of_day
