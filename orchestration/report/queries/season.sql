-- What the coming weeks need: the base and what the season adds, in money. Where no season is known,
-- neither is the sum with it.
select
    week_start as period,
    'week' as grain,
    sum(base_amount) as base_amount,
    sum(extra_amount) as extra_amount,
    sum(base_amount) + sum(extra_amount) as amount,
    sum(base_units) as base_units,
    sum(extra_units) as extra_units
from marts.mart_seasonality_demand
group by week_start
order by week_start
