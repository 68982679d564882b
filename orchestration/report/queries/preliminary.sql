-- The days that will still change, and why.
select 'calls' as what, min(date) as first_on, max(date) as last_on
from marts.mart_call_daily where day_status = 'preliminary' having count(*) > 0
union all
select 'ads', min(date), max(date)
from marts.mart_channel_conversion where not is_final having count(*) > 0
union all
select grain, period, last_on from periods where not is_over
order by what
