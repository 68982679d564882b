-- The findings of each month that can be chosen.
select
    period_start as month,
    place,
    kind,
    severity,
    is_new,
    since,
    impact_amount,
    sentence_ru,
    sentence_en,
    evidence_mart
from marts.mart_finding
where period_start >= (select min(month) from periods where grain = 'month')
order by period_start, place
