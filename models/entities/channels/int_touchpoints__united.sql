with

touchpoints as (
    select * from {{ ref('stg_entities__touchpoints') }}
    where occurred_at < {{ as_of_end() }}
),

channels as (select * from {{ ref('int_records__channels') }}),

merged_leads as (
    select * from {{ ref('int_merges__resolved') }}
    where entity = 'leads'
),

leads as (select * from {{ ref('int_leads__surviving') }}),

touches as (
    select
        touchpoints.touchpoint_id,
        touchpoints.occurred_at,
        channels.channel,
        channels.platform,
        channels.campaign_id,
        touchpoints.type,
        coalesce(merged_leads.survivor_id, touchpoints.lead_id) as lead_id,
        touchpoints.contact_id,
        touchpoints.phone,
        touchpoints.email,
        touchpoints.client_id
    from touchpoints
    inner join channels
        on
            channels.record_type = 'touch'
            and touchpoints.touchpoint_id = channels.record_id
    left join merged_leads
        on touchpoints.lead_id = merged_leads.loser_id
),

told as (
    select
        lead_id,
        min(occurred_at) as occurred_at
    from touches
    where lead_id is not null and channel is not null
    group by lead_id
),

-- The creation of a lead is a touch, unless a touch that names the lead already explains how
-- it came: one up to the day after, for trackers that write with a delay.
births as (
    select
        'lead:' || leads.lead_id as touchpoint_id,
        leads.created_at as occurred_at,
        channels.channel,
        channels.platform,
        channels.campaign_id,
        case
            when leads.source_type in ('form', 'order') then 'form'
            when leads.source_type in ('call', 'chat') then leads.source_type
            when leads.source_type = 'social' then 'click'
            else 'offline'
        end as type,
        leads.lead_id
    from leads
    inner join channels
        on
            channels.record_type = 'lead'
            and leads.lead_id = channels.record_id
    left join told using (lead_id)
    where
        channels.channel is not null
        and (
            told.occurred_at is null
            or told.occurred_at > {{ dbt.dateadd('day', 1, 'leads.created_at') }}
        )
),

-- The touch that explains the creation of a lead: the latest one that names it.
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
        null as contact_id,
        null as phone,
        null as email,
        null as client_id,
        true as is_lead_birth
    from births
)

select * from united
