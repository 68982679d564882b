with

ad_stats as (select * from {{ ref('int_ad_stats__conformed') }}),

rates as (select * from {{ ref('int_fx_rates__daily') }}),

final as (
    select
        ad_stats.date,
        ad_stats.platform,
        ad_stats.account_id,
        ad_stats.campaign_id,
        ad_stats.ad_group_id,
        ad_stats.ad_id,
        ad_stats.keyword,
        coalesce(ad_stats.channel, 'unattributed') as channel,
        ad_stats.impressions,
        ad_stats.clicks,
        ad_stats.spend,
        ad_stats.currency,
        cast(ad_stats.spend * rates.rate_to_base as decimal(18, 2)) as spend_base,
        ad_stats.conversions as platform_conversions,
        {{ is_final_day('ad_stats.date') }} as is_final
    from ad_stats
    left join rates
        on
            ad_stats.date = rates.date
            and ad_stats.currency = rates.currency
)

select * from final
