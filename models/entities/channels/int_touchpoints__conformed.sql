with

touches as (select * from {{ ref('int_touchpoints__linked') }}),

leads as (select * from {{ ref('int_leads__conformed') }}),

lead_channels as (select * from {{ ref('int_leads__channels') }}),

told as (
    select
        lead_id,
        min(occurred_at) as occurred_at
    from touches
    where lead_id is not null and channel is not null
    group by lead_id
),

-- The birth of a lead is a touch of its own, unless a touch that names the lead already tells how
-- it came: one up to the day after, for trackers that write with a delay.
births as (
    select
        'lead:' || leads.lead_id as touchpoint_id,
        leads.created_at as occurred_at,
        leads.customer_id,
        lead_channels.channel,
        lead_channels.platform,
        lead_channels.campaign_id,
        case
            when leads.source_type in ('form', 'order') then 'form'
            when leads.source_type in ('call', 'chat') then leads.source_type
            when leads.source_type = 'social' then 'click'
            else 'offline'
        end as type,
        leads.lead_id
    from leads
    inner join lead_channels using (lead_id)
    left join told using (lead_id)
    where
        lead_channels.channel is not null
        and (
            told.occurred_at is null
            or told.occurred_at > {{ dbt.dateadd('day', 1, 'leads.created_at') }}
        )
),

-- The touch that stands for the birth of a lead whose birth is told: the latest that tells it.
telling as (
    select touches.touchpoint_id
    from touches
    inner join leads using (lead_id)
    where
        touches.channel is not null
        and touches.occurred_at <= {{ dbt.dateadd('day', 1, 'leads.created_at') }}
    qualify row_number() over (
        partition by touches.lead_id
        order by touches.occurred_at desc, touches.touchpoint_id desc
    ) = 1
),

united as (
    select
        touches.*,
        telling.touchpoint_id is not null as is_lead_birth
    from touches
    left join telling using (touchpoint_id)
    union all
    select
        *,
        true as is_lead_birth
    from births
),

final as (
    select
        touchpoint_id,
        occurred_at,
        customer_id,
        channel,
        platform,
        campaign_id,
        type,
        lead_id,
        is_lead_birth,
        coalesce(channel = 'direct', false) as is_direct
    from united
)

select * from final
