-- Open deals in figures.
select
    scope_type || ':' || scope_id as scope,
    count(*) as open_deals,
    count(*) filter (where risk_count > 0) as at_risk,
    sum(amount_base) as amount,
    sum(amount_base) filter (where risk_count > 0) as amount_at_risk,
    sum(expected_amount) as expected_amount
from marts.mart_deal_risk inner join scopes using (manager_id)
group by scope_type, scope_id
order by scope
