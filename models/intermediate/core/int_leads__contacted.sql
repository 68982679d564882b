with

leads as (
    select * from {{ ref('int_leads__surviving') }}
),

lead_deals as (
    select * from {{ ref('int_leads__deals') }}
    where lead_no = 1
),

sessions as (
    select * from {{ ref('int_calls__sessions') }}
    where lead_id is not null or deal_id is not null
),

linked as (
    select
        coalesce(sessions.lead_id, lead_deals.lead_id) as lead_id,
        sessions.started_at,
        sessions.direction,
        sessions.status
    from sessions
    left join lead_deals
        on sessions.deal_id = lead_deals.deal_id
),

contacted as (
    select
        leads.lead_id,
        min(linked.started_at) filter (where linked.direction = 'out')
            as first_attempt_at,
        min(linked.started_at) filter (where linked.status = 'answered')
            as first_contact_at
    from linked
    inner join leads
        on
            linked.lead_id = leads.lead_id
            and linked.started_at >= leads.created_at
    group by leads.lead_id
)

select * from contacted
