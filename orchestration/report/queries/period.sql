-- The choices of the period.
select grain, period, month, last_on, is_over from periods order by grain, period
