-- Correspondence of the company, each department, team and manager. A mean of answer times: medians
-- of days do not add up.
select
    grain,
    period,
    scope_type || ':' || scope_id as scope,
    sum(in_count) as letters_in,
    sum(out_count) as letters_out,
    sum(questions_count) as questions,
    sum(answered_count) as answered,
    sum(answered_count) / nullif(sum(questions_count), 0) as answered_share,
    sum(response_seconds) / 60 / nullif(sum(answered_count), 0) as response_minutes,
    sum(unanswered_now) as unanswered,
    not any_value(is_over) as is_preliminary,
    sum(questions_count) < 30 as is_low_n
from marts.mart_correspondence_daily
inner join recent on date between period and last_on
inner join scopes using (manager_id)
group by grain, period, scope_type, scope_id
order by grain, scope, period
