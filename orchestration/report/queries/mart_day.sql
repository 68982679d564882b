-- The completeness of each mart by day, for the picture.
select 'day' as grain, date as period, mart, status, score, worst_check, data_complete_through
from marts.mart_completeness
order by mart, date
