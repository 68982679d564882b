{#- A view: of most legs only the digest is read. -#}
{{ config(materialized='view') }}

with

calls as (
    select * from {{ ref('int_calls__linked') }}
    where started_at < {{ as_of_end() }}
),

survivors as (
    select * from {{ ref('int_merges__resolved') }}
),

-- An e-mail of telephony is resolved to the user with that e-mail.
mailboxes as (
    select
        lower(trim(email)) as email,
        min(user_id) as user_id
    from {{ ref('stg_entities__users') }}
    where email is not null
    group by lower(trim(email))
),

holders as (
    select
        phone_ext,
        user_id,
        held_from,
        coalesce(held_until, {{ as_of_end() }}) as held_until
    from {{ ref('int_extensions__held') }}
),

identified as (
    select
        calls.*,
        coalesce(calls.user_id, mailboxes.user_id, holders.user_id) as known_user_id
    from calls
    left join mailboxes
        on lower(trim(calls.user_email)) = mailboxes.email
    left join holders
        on
            calls.phone_ext = holders.phone_ext
            and calls.started_at >= holders.held_from
            and calls.started_at < holders.held_until
),

resolved as (
    select
        calls.source,
        calls.session_id,
        calls.call_id,
        calls.leg_no,
        calls.started_at,
        calls.direction,
        calls.client_phone,
        calls.result,
        calls.queue_seconds,
        calls.ring_seconds,
        coalesce(
            calls.talk_seconds,
            cast(
                {{ seconds_between('calls.answered_at', 'calls.ended_at') }}
                as bigint
            )
        ) as talk_seconds,
        coalesce(
            calls.result = 'answered',
            calls.answered_at is not null or coalesce(calls.talk_seconds, 0) > 0
        ) as is_answered,
        coalesce(users.survivor_id, calls.known_user_id) as manager_id,
        coalesce(leads.survivor_id, calls.lead_id) as lead_id,
        coalesce(deals.survivor_id, calls.deal_id) as deal_id
    from identified as calls
    left join survivors as users
        on
            users.entity = 'users'
            and calls.known_user_id = users.loser_id
    left join survivors as leads
        on
            leads.entity = 'leads'
            and calls.lead_id = leads.loser_id
    left join survivors as deals
        on
            deals.entity = 'deals'
            and calls.deal_id = deals.loser_id
),

digested as (
    select
        *,
        {{ row_digest('resolved') }} as digest
    from resolved
)

select * from digested
