{{ config(materialized='view') }}

with

-- A call without a session id is a session by itself.
calls as (
    select
        *,
        coalesce(session_id, call_id) as known_session_id
    from {{ ref('stg_entities__calls') }}
),

-- The CRM notes the lead or deal where the telephony does not deliver it.
links as (
    select
        session_id,
        min(lead_id) as lead_id,
        min(deal_id) as deal_id
    from {{ ref('stg_entities__call_links') }}
    group by session_id
),

linked as (
    select
        calls.source,
        calls.call_id,
        calls.known_session_id as session_id,
        calls.leg_no,
        calls.user_id,
        calls.user_email,
        calls.phone_ext,
        coalesce(calls.lead_id, links.lead_id) as lead_id,
        coalesce(calls.deal_id, links.deal_id) as deal_id,
        calls.direction,
        calls.result,
        calls.client_phone,
        calls.queue_seconds,
        calls.ring_seconds,
        calls.talk_seconds,
        calls.started_at,
        calls.answered_at,
        calls.ended_at
    from calls
    left join links
        on calls.known_session_id = links.session_id
)

select * from linked
