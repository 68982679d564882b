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
),

matched as (
    select * from {{ ref('int_leads__phoned') }}
),

calls as (
    select
        coalesce(sessions.lead_id, lead_deals.lead_id) as lead_id,
        sessions.started_at,
        sessions.direction,
        sessions.status,
        'link' as matched_by
    from sessions
    left join lead_deals
        on sessions.deal_id = lead_deals.deal_id
    where sessions.lead_id is not null or sessions.deal_id is not null
    union all
    select
        lead_id,
        started_at,
        direction,
        status,
        'phone' as matched_by
    from matched
),

summed as (
    select
        leads.lead_id,
        min(calls.started_at) filter (where calls.direction = 'out')
            as first_attempt_at,
        min(calls.started_at) filter (
            where calls.direction = 'out' and calls.matched_by = 'link'
        ) as linked_attempt_at,
        min(calls.started_at) filter (where calls.status = 'answered')
            as first_contact_at,
        min(calls.started_at) filter (
            where calls.status = 'answered' and calls.matched_by = 'link'
        ) as linked_contact_at
    from calls
    inner join leads
        on
            calls.lead_id = leads.lead_id
            and calls.started_at >= leads.created_at
    group by leads.lead_id
),

contacted as (
    select
        lead_id,
        first_attempt_at,
        case
            when first_attempt_at = linked_attempt_at then 'link'
            when first_attempt_at is not null then 'phone'
        end as attempt_matched_by,
        first_contact_at,
        case
            when first_contact_at = linked_contact_at then 'link'
            when first_contact_at is not null then 'phone'
        end as contact_matched_by
    from summed
)

select * from contacted
