with

lead_deals as (
    select * from {{ ref('int_leads__deals') }}
),

records as (
    select * from {{ ref('int_customers__records') }}
),

-- A lead and the deal created from it are one customer, unless the CRM names
-- a contact for each: then the contacts decide.
grown as (
    select
        deals.record_id as deal_id,
        deals.anchor as deal_anchor,
        leads.anchor as lead_anchor
    from lead_deals
    inner join records as leads
        on
            leads.record_type = 'lead'
            and lead_deals.lead_id = leads.record_id
    inner join records as deals
        on
            deals.record_type = 'deal'
            and lead_deals.deal_id = deals.record_id
    where
        (leads.contact_id is null and lead_deals.deal_no = 1)
        or (deals.contact_id is null and lead_deals.lead_no = 1)
),

joined as (
    select
        deal_anchor as anchor,
        deal_id
    from grown
    union
    select
        lead_anchor as anchor,
        deal_id
    from grown
)

select * from joined
