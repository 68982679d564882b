with

ad_stats as (
    select
        *,
        {{ channel_signal('platform') }} as platform_key
    from {{ ref('stg_entities__ad_stats') }}
    where date <= {{ as_of_date() }}
),

campaigns as (select * from {{ ref('int_campaigns__channels') }}),

final as (
    select
        ad_stats.source,
        ad_stats.date,
        campaigns.platform,
        ad_stats.account_id,
        ad_stats.campaign_id,
        ad_stats.campaign_name,
        ad_stats.ad_group_id,
        ad_stats.ad_id,
        ad_stats.keyword,
        campaigns.channel,
        ad_stats.impressions,
        ad_stats.clicks,
        ad_stats.spend,
        ad_stats.vat_included,
        upper(ad_stats.account_currency) as currency,
        ad_stats.conversions
    from ad_stats
    inner join campaigns
        on
            ad_stats.platform_key = campaigns.platform
            and ad_stats.campaign_id = campaigns.campaign_id
)

select * from final
