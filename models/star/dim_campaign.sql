with

ad_stats as (select * from {{ ref('int_ad_stats__conformed') }}),

campaigns as (select * from {{ ref('int_campaigns__channels') }}),

ads as (
    select distinct
        platform,
        account_id,
        campaign_id,
        ad_group_id,
        ad_id,
        keyword
    from ad_stats
),

final as (
    select
        ads.platform,
        ads.account_id,
        ads.campaign_id,
        campaigns.campaign_name,
        ads.ad_group_id,
        ads.ad_id,
        ads.keyword,
        coalesce(campaigns.channel, 'unattributed') as channel
    from ads
    inner join campaigns using (platform, campaign_id)
)

select * from final
