-- Open deals in figures. What is expected of deals without an amount stands apart: the sum of the
-- amounts does not have them.
select
    scope_type || ':' || scope_id as scope,
    count(*) as open_deals,
    count(*) filter (where risk_count > 0) as at_risk,
    sum(amount_base) as amount,
    -- Nothing at risk is 0; deals at risk whose amounts nobody knows are unknown.
    if(count(*) filter (where risk_count > 0) = 0, 0, sum(amount_base) filter (where risk_count > 0))
        as amount_at_risk,
    sum(expected_amount) filter (where amount_base is not null) as expected_amount,
    sum(expected_amount) filter (where amount_base is null) as expected_without_amount,
    count(*) filter (where amount_base is not null) as with_amount,
    count(*) filter (where amount_base is null) as without_amount
from marts.mart_deal_risk inner join scopes using (manager_id)
group by scope_type, scope_id
order by scope
