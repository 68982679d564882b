-- Correspondence by channel of messages.
select
    grain,
    period,
    scope_type || ':' || scope_id as scope,
    channel,
    sum(in_count) as letters_in,
    sum(out_count) as letters_out,
    sum(questions_count) as questions,
    sum(answered_count) / nullif(sum(questions_count), 0) as answered_share,
    sum(response_seconds) / 60 / nullif(sum(answered_count), 0) as response_minutes,
    sum(questions_count) < 30 as is_low_n
from marts.mart_correspondence_daily
inner join recent on date between period and last_on
inner join scopes using (manager_id)
where period >= (select max(last.period) - 70 from recent as last where last.grain = recent.grain)
group by grain, period, scope_type, scope_id, channel
order by grain, scope, period, letters_in desc, channel
