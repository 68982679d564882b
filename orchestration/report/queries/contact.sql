-- What goes with wins: win rates at an equal mix of deals by what contact there was. `is_main`: of
-- the largest group of customers.
with effects as (
    select *, sum(deals_count) over (partition by segment, client_type) as group_count
    from marts.mart_contact_effect
    where
        feature in ('answered_within', 'calls_by_landmark', 'first_contact_by_landmark')
        and adjusted_rate is not null
)

select
    segment,
    client_type,
    feature,
    feature_value,
    deals_count,
    won_count,
    win_rate,
    adjusted_rate,
    adjusted_ci_low as adjusted_low,
    adjusted_ci_high as adjusted_high,
    usual_win_rate,
    cycle_median_days,
    is_low_n,
    group_count = max(group_count) over () as is_main
from effects
order by group_count desc, segment, client_type, feature, adjusted_rate desc, feature_value
