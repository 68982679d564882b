with

leads as (
    select * from {{ ref('int_leads__conformed') }}
),

channels as (
    select * from {{ ref('int_leads__channels') }}
),

contacted as (
    select * from {{ ref('int_leads__contacted') }}
),

timed as (
    select * from {{ ref('int_leads__timed') }}
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
        leads.customer_id,
        leads.owner_id,
        leads.segment,
        leads.qualified_at,
        leads.converted_at,
        leads.deal_id,
        contacted.first_attempt_at,
        contacted.first_contact_at,
        contacted.attempt_matched_by,
        contacted.contact_matched_by,
        timed.speed_to_lead_minutes,
        timed.speed_to_contact_minutes,
        timed.age_minutes,
        outcomes.status,
        outcomes.won_at,
        outcomes.lost_at,
        leads.is_test,
        leads.is_spam
    from leads
    left join channels
        on leads.lead_id = channels.lead_id
    left join contacted
        on leads.lead_id = contacted.lead_id
    left join timed
        on leads.lead_id = timed.lead_id
    inner join outcomes
        on leads.lead_id = outcomes.lead_id
)

select * from joined
