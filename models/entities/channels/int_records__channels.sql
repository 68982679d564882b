with

leads as (select * from {{ ref('int_leads__surviving') }}),

touchpoints as (
    select * from {{ ref('stg_entities__touchpoints') }}
    where occurred_at < {{ as_of_end() }}
),

campaigns as (select * from {{ ref('int_campaigns__marked') }}),

calls as (
    select * from {{ ref('int_calls__linked') }}
    where lead_id is not null
),

call_channels as (select * from {{ ref('int_calls__channels') }}),

listed_channels as (select * from {{ ref('channels') }}),

rules as (
    {{ channel_rules() }}
),

-- The line on which the first call of a lead came in.
lines as (
    select
        calls.lead_id,
        true as is_lead_of_call,
        call_channels.channel
    from calls
    inner join call_channels using (source, call_id)
    qualify row_number() over (
        partition by calls.lead_id
        order by calls.started_at, calls.call_id
    ) = 1
),

records as (
    select
        'lead' as record_type,
        lead_id as record_id,
        channel,
        utm_source,
        utm_medium,
        utm_campaign,
        source_type,
        referrer,
        client_id is not null as is_visit,
        coalesce(source_type = 'call', false) as is_lead_of_call
    from leads
    union all
    select
        'touch' as record_type,
        touchpoint_id as record_id,
        channel,
        utm_source,
        utm_medium,
        coalesce(campaign_id, utm_campaign) as utm_campaign,
        type as source_type,
        referrer,
        type = 'visit' or client_id is not null as is_visit,
        false as is_lead_of_call
    from touchpoints
),

signals as (
    select
        record_type,
        record_id,
        is_lead_of_call,
        {{ channel_name('channel') | indent(8) }} as channel_name,
        {{ campaign_mark('utm_campaign') }} as campaign_mark,
        {{ channel_signals(
            utm_source=source_mark('channel', 'utm_source'),
            utm_medium=medium_mark('channel', 'utm_medium'),
            source_type='source_type',
            referrer_host=referrer_host('referrer', 'is_visit'),
            delivered_channel=delivered_mark('channel'),
        ) | indent(8) }}
    from records
),

matched as (
    {{ matched_channels('signals', 'rules') }}
),

-- The campaign's own channel goes before what its marks say, and before a name of free traffic: so
-- its spend and its leads meet.
final as (
    select
        signals.record_type,
        signals.record_id,
        {{ channel_found(
            'campaigns.channel', ['matched.channel', 'lines.channel']
        ) | indent(8) }} as channel,
        campaigns.platform,
        {{ campaign_or_unmapped() }} as campaign_id
    from signals
    inner join matched using ({{ channel_signal_names() }})
    left join listed_channels as listed on matched.channel = listed.channel
    left join campaigns
        on
            signals.campaign_mark = campaigns.campaign_mark
            and signals.utm_source = campaigns.marked_source
    left join lines
        on
            signals.is_lead_of_call = lines.is_lead_of_call
            and signals.record_id = lines.lead_id
)

select * from final
