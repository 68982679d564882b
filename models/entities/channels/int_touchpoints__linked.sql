with

touchpoints as (
    select * from {{ ref('stg_entities__touchpoints') }}
    where occurred_at < {{ as_of_end() }}
),

touch_channels as (select * from {{ ref('int_touchpoints__channels') }}),

leads as (select * from {{ ref('int_leads__conformed') }}),

contacts as (
    select * from {{ ref('int_customers__identified') }}
    where record_type = 'contact'
),

merged_leads as (
    select * from {{ ref('int_merges__resolved') }}
    where entity = 'leads'
),

reached as (select * from {{ ref('int_customers__reached') }}),

final as (
    select
        touchpoints.touchpoint_id,
        touchpoints.occurred_at,
        coalesce(
            leads.customer_id,
            contacts.customer_id,
            phones.customer_id,
            emails.customer_id,
            browsers.customer_id
        ) as customer_id,
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
    left join contacts
        on touchpoints.contact_id = contacts.contact_id
    left join reached as phones
        on
            phones.kind = 'phone'
            and touchpoints.phone = phones.raw_value
    left join reached as emails
        on
            emails.kind = 'email'
            and touchpoints.email = emails.raw_value
    left join reached as browsers
        on
            browsers.kind = 'client_id'
            and touchpoints.client_id = browsers.raw_value
)

select * from final
