with

calls as (select count(*) as calls_count from {{ ref('fct_call') }}),

leads as (select count(*) as leads_count from {{ ref('fct_lead') }}),

deals as (
    select
        count(*) as deals_count,
        count(amount_base) as amounts_count
    from {{ ref('fct_deal') }}
),

ads as (select count(*) as ads_count from {{ ref('fct_ad_spend') }}),

-- What no source delivers has no rows in the star: its counts are unknown, not 0.
final as (
    select
        calls.calls_count > 0 as has_calls,
        leads.leads_count > 0 as has_leads,
        deals.deals_count > 0 as has_deals,
        deals.amounts_count > 0 as has_amounts,
        ads.ads_count > 0 as has_ads
    from calls
    cross join leads
    cross join deals
    cross join ads
)

select * from final
