-- Open deals by what endangers them most.
select
    scope_type || ':' || scope_id as scope,
    top_risk,
    count(*) as deals_count,
    sum(amount_base) as amount,
    sum(expected_amount) as expected_amount
from marts.mart_deal_risk inner join scopes using (manager_id)
where risk_count > 0
group by scope_type, scope_id, top_risk
order by scope, deals_count desc, top_risk
