with

leads as (
    select * from {{ ref('int_leads__surviving') }}
),

customers as (
    select * from {{ ref('int_customers__identified') }}
    where record_type = 'lead'
),

contacts as (
    select * from {{ ref('stg_entities__contacts') }}
),

lead_deals as (
    select * from {{ ref('int_leads__deals') }}
    where deal_no = 1
),

deals as (
    select * from {{ ref('int_deals__surviving') }}
),

joined as (
    select
        leads.lead_id,
        leads.source,
        leads.created_at,
        leads.source_type,
        leads.channel,
        leads.utm_source,
        leads.utm_medium,
        leads.utm_campaign,
        leads.utm_content,
        leads.utm_term,
        leads.click_id,
        leads.client_id,
        leads.referrer,
        leads.landing_page,
        coalesce(leads.segment, contacts.segment) as segment,
        coalesce(leads.country, contacts.country) as country,
        coalesce(leads.city, contacts.city) as city,
        customers.customer_id,
        leads.owner_id,
        leads.status,
        leads.qualified_at,
        -- A lead with a deal was converted, at the latest when that was made.
        coalesce(leads.converted_at, deals.created_at) as converted_at,
        lead_deals.deal_id,
        leads.junk_reason,
        coalesce(
            lower(leads.junk_reason) like '%spam%'
            or lower(leads.junk_reason) like '%спам%',
            false
        ) as is_spam,
        leads.is_test
    from leads
    inner join customers
        on leads.lead_id = customers.record_id
    left join contacts
        on leads.contact_id = contacts.contact_id
    left join lead_deals
        on leads.lead_id = lead_deals.lead_id
    left join deals
        on lead_deals.deal_id = deals.deal_id
)

select * from joined
