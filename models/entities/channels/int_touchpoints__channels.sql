with

touchpoints as (
    select * from {{ ref('stg_entities__touchpoints') }}
    where occurred_at < {{ as_of_end() }}
),

campaigns as (select * from {{ ref('int_campaigns__marked') }}),

rules as (
    {{ channel_rules() }}
),

signals as (
    select
        touchpoint_id,
        {{ channel_name('channel') | indent(8) }} as channel_name,
        {{ campaign_mark('coalesce(campaign_id, utm_campaign)') }} as campaign_mark,
        {{ channel_signals(
            utm_source=source_mark('channel', 'utm_source'),
            utm_medium=medium_mark('channel', 'utm_medium'),
            source_type='type',
            referrer_host=referrer_host('referrer', "type = 'visit' or client_id is not null"),
            delivered_channel=delivered_mark('channel'),
        ) | indent(8) }}
    from touchpoints
),

matched as (
    {{ matched_channels('signals', 'rules') }}
),

final as (
    select
        signals.touchpoint_id,
        {{ channel_found(['campaigns.channel', 'matched.channel']) | indent(8) }} as channel,
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
