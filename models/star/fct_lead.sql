with

leads as (
    select * from {{ ref('int_leads__surviving') }}
),

customers as (
    select * from {{ ref('int_customers__identified') }}
    where record_type = 'lead'
),

-- The first deal of each lead.
lead_deals as (
    select
        links.lead_id,
        links.deal_id,
        deals.created_at
    from {{ ref('int_leads__deals') }} as links
    inner join {{ ref('int_deals__surviving') }} as deals
        on links.deal_id = deals.deal_id
    where links.deal_no = 1
),

channels as (
    select
        record_id as lead_id,
        channel,
        campaign_id
    from {{ ref('int_records__channels') }}
    where record_type = 'lead'
),

contacted as (
    select * from {{ ref('int_leads__contacted') }}
),

outcomes as (
    select * from {{ ref('int_leads__outcomes') }}
),

joined as (
    select
        leads.lead_id,
        leads.source,
        leads.created_at,
        leads.source_type,
        coalesce(channels.channel, 'unattributed') as channel,
        channels.campaign_id,
        customers.customer_id,
        leads.owner_id,
        leads.segment,
        leads.qualified_at,
        -- A lead with a deal was converted, at the latest when the deal was created.
        coalesce(leads.converted_at, lead_deals.created_at) as converted_at,
        lead_deals.deal_id,
        contacted.first_attempt_at,
        contacted.first_contact_at,
        contacted.attempt_matched_by,
        contacted.contact_matched_by,
        contacted.speed_to_lead_minutes,
        contacted.speed_to_contact_minutes,
        contacted.age_minutes,
        outcomes.status,
        outcomes.won_at,
        outcomes.lost_at,
        leads.is_made_of_order,
        leads.is_test,
        coalesce(
            lower(leads.junk_reason) like '%spam%'
            or lower(leads.junk_reason) like '%спам%',
            false
        ) as is_spam
    from leads
    inner join customers
        on leads.lead_id = customers.record_id
    left join lead_deals
        on leads.lead_id = lead_deals.lead_id
    left join channels
        on leads.lead_id = channels.lead_id
    inner join contacted
        on leads.lead_id = contacted.lead_id
    inner join outcomes
        on leads.lead_id = outcomes.lead_id
),

dated as (
    select
        {%- for event in [
            'created', 'qualified', 'converted', 'first_attempt', 'first_contact', 'won', 'lost',
        ] %}
        {{ business_date(event ~ '_at') }} as {{ event }}_on,
        {%- endfor %}
        *
    from joined
)

select * from dated
