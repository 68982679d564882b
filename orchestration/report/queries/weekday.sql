-- Incoming calls of the last thirteen weeks by day of the week.
select
    scope_type || ':' || scope_id as scope,
    isodow(date) as weekday,
    sum(sessions) as calls_in,
    sum(answered) as answered,
    sum(missed) as missed,
    sum(missed) / nullif(sum(answered + missed), 0) as missed_rate,
    sum(sessions) < 30 as is_low_n
from marts.mart_call_daily inner join scopes using (manager_id)
where direction = 'in' and date > as_of_date - 91
group by scope_type, scope_id, weekday
order by scope, weekday
