-- Open deals in figures. What is expected of deals without an amount stands apart: the sum of the
-- amounts does not have them.
select
    scope_type || ':' || scope_id as scope,
    count(*) as open_deals,
    -- Where nothing is known of any deal, it is unknown how many are at risk.
    if(bool_and(status_color is not distinct from 'none'), null, count(*) filter (where risk_count > 0))
        as at_risk,
    count(*) filter (where status_color = 'none') as unknown_deals,
    sum(amount_base) as amount,
    -- Nothing at risk is 0; deals at risk whose amounts nobody knows are unknown.
    if(at_risk = 0, 0, sum(amount_base) filter (where risk_count > 0)) as amount_at_risk,
    sum(expected_amount) filter (where amount_base is not null) as expected_amount,
    sum(expected_amount) filter (where amount_base is null) as expected_without_amount,
    count(*) filter (where amount_base is not null) as with_amount,
    count(*) filter (where amount_base is null) as without_amount,
    -- The deals that are in the expected sums: their chance is known, and without an amount the
    -- usual one.
    count(*) filter (where amount_base is not null and expected_amount is not null)
        as expected_with_amount_count,
    sum(amount_base) filter (where expected_amount is not null) as amount_with_chance,
    count(*) filter (where amount_base is null and expected_amount is not null)
        as expected_without_amount_count
from marts.mart_deal_risk inner join scopes using (manager_id)
group by scope_type, scope_id
order by scope
