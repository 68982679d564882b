-- The findings of each month that can be chosen, and the page whose figures are behind each.
select
    period_start as month,
    place,
    kind,
    case
        when kind like 'manager%' or kind = 'win_rate_falls' then 'managers'
        when kind like 'campaign%' or kind like 'channel%' then 'channels'
        when kind like 'product%' or kind like 'advertising%' then 'shop'
        when kind like 'season%' or kind like 'client%' then 'customers'
        when kind like 'plan%' then 'overview'
        else 'funnel'
    end as page,
    severity,
    is_new,
    since,
    -- The mart has thirteen months: what holds in the first of them may be older.
    since > date_trunc('month', as_of_date) - interval 12 month as is_since_known,
    impact_amount,
    sentence_ru,
    sentence_en,
    evidence_mart
from marts.mart_finding
where period_start >= (select min(month) from periods where grain = 'month')
order by period_start, place
