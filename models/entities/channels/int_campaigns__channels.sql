with

ad_stats as (
    select * from {{ ref('stg_entities__ad_stats') }}
    where date <= {{ as_of_date() }}
),

rules as (
    {{ channel_rules() }}
),

-- A campaign is called as it was called last.
campaigns as (
    select
        {{ channel_signal('platform') }} as platform,
        campaign_id,
        campaign_name
    from ad_stats
    qualify row_number() over (
        partition by {{ channel_signal('platform') }}, campaign_id
        order by campaign_name is null asc, date desc, campaign_name asc
    ) = 1
),

signals as (
    select
        campaigns.platform as shown_platform,
        campaigns.campaign_id,
        campaigns.campaign_name as shown_name,
        {{ channel_signals(platform='platform', campaign_name='campaign_name') | indent(8) }}
    from campaigns
),

matched as (
    {{ matched_channels('signals', 'rules') }}
),

final as (
    select
        signals.shown_platform as platform,
        signals.campaign_id,
        signals.shown_name as campaign_name,
        matched.channel
    from signals
    inner join matched using ({{ channel_signal_names() }})
)

select * from final
