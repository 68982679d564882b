with

touchpoints as (
    select * from {{ ref('stg_entities__touchpoints') }}
    where occurred_at < {{ as_of_end() }}
),

touch_channels as (select * from {{ ref('int_touchpoints__channels') }}),

lead_channels as (select * from {{ ref('int_leads__channels') }}),

customers as (select * from {{ ref('int_customers__identified') }}),

merged_leads as (
    select * from {{ ref('int_merges__resolved') }} where entity = 'leads'
),

leads as (
    select
        leads.lead_id,
        leads.created_at,
        leads.client_id,
        leads.source_type,
        customers.customer_id
    from {{ ref('int_leads__surviving') }} as leads
    inner join customers
        on leads.lead_id = customers.record_id and customers.record_type = 'lead'
),

-- A browser that two customers share names neither of them.
browsers as (
    select
        client_id,
        min(customer_id) as customer_id
    from leads
    where client_id is not null
    group by client_id
    having count(distinct customer_id) = 1
),

touches as (
    select
        touchpoints.touchpoint_id,
        touchpoints.occurred_at,
        coalesce(leads.customer_id, contacts.customer_id, browsers.customer_id) as customer_id,
        touch_channels.channel,
        touch_channels.platform,
        touch_channels.campaign_id,
        touchpoints.type,
        coalesce(merged_leads.survivor_id, touchpoints.lead_id) as lead_id
    from touchpoints
    inner join touch_channels using (touchpoint_id)
    left join merged_leads
        on touchpoints.lead_id = merged_leads.loser_id
    left join leads
        on coalesce(merged_leads.survivor_id, touchpoints.lead_id) = leads.lead_id
    left join customers as contacts
        on touchpoints.contact_id = contacts.record_id and contacts.record_type = 'contact'
    left join browsers
        on touchpoints.client_id = browsers.client_id
),

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

final as (
    select * from touches
    union all
    select * from births
)

select
    *,
    coalesce(channel = 'direct', false) as is_direct
from final
