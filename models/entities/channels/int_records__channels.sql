{%- set raw = 'raw_channel, raw_source, raw_medium, raw_campaign, raw_type, referrer, is_visit' -%}
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

-- A missing mark is an empty one.
records as (
    select
        'lead' as record_type,
        lead_id as record_id,
        coalesce(source_type = 'call', false) as is_lead_of_call,
        coalesce(channel, '') as raw_channel,
        coalesce(utm_source, '') as raw_source,
        coalesce(utm_medium, '') as raw_medium,
        coalesce(utm_campaign, '') as raw_campaign,
        coalesce(source_type, '') as raw_type,
        coalesce(referrer, '') as referrer,
        client_id is not null as is_visit
    from leads
    union all
    select
        'touch' as record_type,
        touchpoint_id as record_id,
        false as is_lead_of_call,
        coalesce(channel, '') as raw_channel,
        coalesce(utm_source, '') as raw_source,
        coalesce(utm_medium, '') as raw_medium,
        coalesce(campaign_id, utm_campaign, '') as raw_campaign,
        coalesce(type, '') as raw_type,
        coalesce(referrer, '') as referrer,
        coalesce(type = 'visit', false) or client_id is not null as is_visit
    from touchpoints
),

-- Many records have the same few marks: each set is read once.
marks as (
    select distinct {{ raw }}
    from records
),

signals as (
    select
        {{ raw }},
        {{ channel_name('raw_channel') | indent(8) }} as channel_name,
        {{ campaign_mark('raw_campaign') }} as campaign_mark,
        {{ channel_signals(
            utm_source=source_mark('raw_channel', 'raw_source'),
            utm_medium=medium_mark('raw_channel', 'raw_medium'),
            source_type='raw_type',
            referrer_host=referrer_host('referrer', 'is_visit'),
            delivered_channel=delivered_mark('raw_channel'),
        ) | indent(8) }}
    from marks
),

matched as (
    {{ matched_channels('signals', 'rules') }}
),

-- The campaign's own channel goes before what its marks say, and before a name of free traffic: so
-- its spend and its leads meet.
final as (
    select
        records.record_type,
        records.record_id,
        {{ channel_found(
            'campaigns.channel', ['matched.channel', 'lines.channel']
        ) | indent(8) }} as channel,
        campaigns.platform,
        {{ campaign_or_unmapped() }} as campaign_id
    from records
    inner join signals using ({{ raw }})
    inner join matched using ({{ channel_signal_names() }})
    left join listed_channels as listed on matched.channel = listed.channel
    left join campaigns
        on
            signals.campaign_mark = campaigns.campaign_mark
            and signals.utm_source = campaigns.marked_source
    left join lines
        on
            records.is_lead_of_call = lines.is_lead_of_call
            and records.record_id = lines.lead_id
)

select * from final
