-- How complete the data behind each mart is on each of the 35 days.
select mart, date, status, score, worst_check, data_complete_through
from marts.mart_completeness
order by mart, date
