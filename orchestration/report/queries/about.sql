-- The night behind the report. The base currency is the one whose amounts are not converted.
select
    run_id,
    company,
    as_of_date as as_of,
    strftime(published_at, '%Y-%m-%d %H:%M') as published_at,
    code_version,
    (
        select currency from marts.fct_deal
        where amount = amount_base and amount <> 0
        group by currency order by count(*) desc, currency limit 1
    ) as currency,
    (
        select count(*) from marts.fct_deal
        where status = 'won' and won_on is null and not is_test
    ) as undated_won
from marts.publication
