with

touches as (select * from {{ ref('int_touchpoints__united') }}),

customers as (select * from {{ ref('int_customers__identified') }}),

reached as (select * from {{ ref('int_customers__reached') }}),

final as (
    select
        touches.touchpoint_id,
        touches.occurred_at,
        coalesce(
            leads.customer_id,
            contacts.customer_id,
            phones.customer_id,
            emails.customer_id,
            browsers.customer_id
        ) as customer_id,
        touches.channel,
        touches.platform,
        touches.campaign_id,
        touches.type,
        touches.lead_id,
        touches.is_lead_birth,
        coalesce(touches.channel = 'direct', false) as is_direct
    from touches
    left join customers as leads
        on
            leads.record_type = 'lead'
            and touches.lead_id = leads.record_id
    left join customers as contacts
        on
            contacts.record_type = 'contact'
            and touches.contact_id = contacts.record_id
    left join reached as phones
        on
            phones.kind = 'phone'
            and touches.phone = phones.raw_value
    left join reached as emails
        on
            emails.kind = 'email'
            and touches.email = emails.raw_value
    left join reached as browsers
        on
            browsers.kind = 'client_id'
            and touches.client_id = browsers.raw_value
)

select * from final
