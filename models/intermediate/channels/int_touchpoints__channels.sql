with

touchpoints as (
    select * from {{ ref('stg_entities__touchpoints') }}
    where occurred_at < {{ as_of_end() }}
),

campaigns as (select * from {{ ref('int_campaigns__marked') }}),

channel_rules as (select * from {{ ref('channel_rules') }}),

signals as (
    select
        touchpoint_id,
        nullif(lower(trim(channel)), '') as ready_channel,
        {{ campaign_mark('coalesce(campaign_id, utm_campaign)') }} as campaign_mark,
        {{ channel_signals(
            utm_source='utm_source',
            utm_medium='utm_medium',
            source_type='type',
            referrer_host=referrer_host('referrer', "type = 'visit' or client_id is not null"),
        ) | indent(8) }}
    from touchpoints
),

matched as (
    {{ matched_channels('signals', 'channel_rules') }}
),

final as (
    select
        signals.touchpoint_id,
        coalesce(signals.ready_channel, campaigns.channel, matched.channel) as channel,
        campaigns.platform,
        {{ campaign_or_unmapped() }} as campaign_id
    from signals
    inner join matched using ({{ channel_signal_names() }})
    left join campaigns
        on
            signals.campaign_mark = campaigns.campaign_mark
            and signals.utm_source = campaigns.marked_source
)

select * from final
