-- Fails if a model of attribution credits other deals or other money than were won, by the day of
-- the win or by the day of the lead.
with

credited as (
    select
        attribution_model,
        sum(won) as won,
        sum(cohort_won) as cohort_won,
        sum(revenue) as revenue,
        sum(cohort_revenue) as cohort_revenue
    from {{ ref('mart_channel_attribution') }}
    group by attribution_model
),

won as (
    select
        count(*) as deals,
        sum(amount_base) as revenue
    from {{ ref('fct_deal') }}
    where status = 'won' and won_at is not null and not is_test
)

select
    credited.attribution_model,
    credited.won,
    credited.revenue,
    won.deals as deals_won,
    won.revenue as revenue_won
from credited
cross join won
where
    abs(credited.won - won.deals) > 0.005
    or abs(credited.cohort_won - won.deals) > 0.005
    or credited.revenue != won.revenue
    or credited.cohort_revenue != won.revenue
