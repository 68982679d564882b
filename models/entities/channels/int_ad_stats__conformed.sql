with

ad_stats as (
    select
        *,
        {{ channel_signal('platform') }} as platform_key
    from {{ ref('stg_entities__ad_stats') }}
    where date <= {{ as_of_date() }}
),

rules as (
    {{ channel_rules() }}
),

-- The latest name of a campaign is its name, so that a campaign stays in one channel.
campaigns as (
    select
        platform_key,
        campaign_id,
        campaign_name
    from ad_stats
    qualify row_number() over (
        partition by platform_key, campaign_id
        order by campaign_name is null asc, date desc, campaign_name asc
    ) = 1
),

signals as (
    select
        platform_key,
        campaign_id,
        campaign_name as latest_name,
        {{ channel_signals(platform='platform_key', campaign_name='campaign_name') | indent(8) }}
    from campaigns
),

matched as (
    {{ matched_channels('signals', 'rules') }}
),

channels as (
    select
        signals.platform_key,
        signals.campaign_id,
        signals.latest_name,
        matched.channel
    from signals
    inner join matched using ({{ channel_signal_names() }})
),

final as (
    select
        ad_stats.source,
        ad_stats.date,
        ad_stats.platform_key as platform,
        ad_stats.account_id,
        ad_stats.campaign_id,
        ad_stats.campaign_name,
        channels.latest_name as campaign_name_latest,
        ad_stats.ad_group_id,
        ad_stats.ad_id,
        ad_stats.keyword,
        channels.channel,
        ad_stats.impressions,
        ad_stats.clicks,
        ad_stats.spend,
        ad_stats.vat_included,
        upper(ad_stats.account_currency) as currency,
        ad_stats.conversions
    from ad_stats
    inner join channels using (platform_key, campaign_id)
)

select * from final
