with

leads as (
    select * from {{ ref('fct_lead') }}
    where not is_test and not is_spam
),

lead_channels as (
    select
        record_id as lead_id,
        platform,
        campaign_id
    from {{ ref('int_records__channels') }}
    where record_type = 'lead'
),

touches as (
    select * from {{ ref('int_touchpoints__conformed') }}
    where platform is not null and customer_id is not null and not is_test
),

-- Touches of ad campaigns before the lead was created.
touched as (
    select
        leads.lead_id,
        leads.created_at,
        touches.channel,
        touches.platform,
        touches.campaign_id,
        lead_channels.platform as own_platform,
        lead_channels.campaign_id as own_campaign_id,
        touches.occurred_at
        >= {{ window_start('leads.segment', 'leads.created_at') | indent(8) }} as is_in_window
    from leads
    inner join lead_channels using (lead_id)
    inner join touches
        on
            leads.customer_id = touches.customer_id
            and leads.created_at >= touches.occurred_at
),

-- A lead that carries the mark of another campaign, or of none.
final as (
    select
        lead_id,
        platform,
        campaign_id,
        min(channel) as channel,
        min(created_at) as created_at,
        bool_or(is_in_window) as is_in_window
    from touched
    where
        coalesce(platform <> own_platform, true)
        or coalesce(campaign_id <> own_campaign_id, true)
    group by lead_id, platform, campaign_id
)

select * from final
