with

touches as (select * from {{ ref('int_touchpoints__united') }}),

customers as (select * from {{ ref('int_customers__identified') }}),

reached as (select * from {{ ref('int_customers__reached') }}),

marked_records as (select * from {{ ref('int_records__marked') }}),

marked_customers as (select * from {{ ref('int_customers__marked') }}),

identified as (
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
),

final as (
    select
        identified.*,
        touches.record_id is not null
        or leads.record_id is not null
        or marked_customers.customer_id is not null as is_test
    from identified
    left join marked_records as touches
        on
            touches.record_type = 'touch'
            and identified.touchpoint_id = touches.record_id
    left join marked_records as leads
        on
            leads.record_type = 'lead'
            and identified.lead_id = leads.record_id
    left join marked_customers
        on identified.customer_id = marked_customers.customer_id
)

select * from final
