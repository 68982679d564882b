with

statements as (
    select * from {{ ref('int_customers__statements') }}
),

guarded as (
    select * from {{ ref('int_customers__guarded') }}
    where blocked_as is null
),

lead_deals as (
    select * from {{ ref('int_leads__deals') }}
),

anchored as (
    select * from {{ ref('int_customers__anchored') }}
),

-- A lead and the deal that grew out of it are one customer, unless the CRM names
-- a contact for each: then its word stands.
grown as (
    select
        deals.record_id as deal_id,
        deals.anchor as deal_anchor,
        leads.anchor as lead_anchor
    from lead_deals
    inner join anchored as leads
        on
            leads.record_type = 'lead'
            and lead_deals.lead_id = leads.record_id
    inner join anchored as deals
        on
            deals.record_type = 'deal'
            and lead_deals.deal_id = deals.record_id
    where
        (leads.contact_id is null and lead_deals.deal_no = 1)
        or (deals.contact_id is null and lead_deals.lead_no = 1)
),

bridges as (
    select distinct
        statements.anchor,
        statements.kind,
        statements.value
    from statements
    inner join guarded
        on
            statements.kind = guarded.kind
            and statements.value = guarded.value

    union

    select
        deal_anchor as anchor,
        'deal_lead' as kind,
        deal_id as value
    from grown

    union

    select
        lead_anchor as anchor,
        'deal_lead' as kind,
        deal_id as value
    from grown
)

select * from bridges
