with

messages as (
    select * from {{ ref('int_messages__resolved') }}
),

customers as (
    select * from {{ ref('int_customers__identified') }}
),

reached as (
    select * from {{ ref('int_customers__reached') }}
),

customer_key as (
    select * from {{ ref('stg_ledger__customer_key') }}
),

marked_records as (
    select * from {{ ref('int_records__marked') }}
),

marked_customers as (
    select * from {{ ref('int_customers__marked') }}
),

identified as (
    select
        messages.message_id,
        messages.source,
        -- Messengers name a thread after the number of the client.
        {{ customer_hash(
            "'thread:' || messages.source || ':' || messages.thread_id", 'customer_key.hash_key'
        ) }} as thread_id,
        messages.sent_at,
        {{ business_date('messages.sent_at') }} as sent_on,
        messages.direction,
        messages.channel,
        messages.is_automatic,
        messages.manager_id,
        coalesce(
            deals.customer_id,
            leads.customer_id,
            contacts.customer_id,
            phones.customer_id,
            emails.customer_id
        ) as customer_id,
        deals.record_id as deal_id,
        leads.record_id as lead_id
    from messages
    left join customers as leads
        on
            leads.record_type = 'lead'
            and messages.lead_id = leads.record_id
    left join customers as deals
        on
            deals.record_type = 'deal'
            and messages.deal_id = deals.record_id
    left join customers as contacts
        on
            contacts.record_type = 'contact'
            and messages.contact_id = contacts.record_id
    left join reached as phones
        on
            phones.kind = 'phone'
            and messages.phone = phones.raw_value
    left join reached as emails
        on
            emails.kind = 'email'
            and messages.email = emails.raw_value
    cross join customer_key
),

joined as (
    {{ with_test_mark('identified') | indent(4) }}
)

select * from joined
