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

-- Of users with one e-mail, the one who is still there.
addresses as (
    select
        lower(trim(users.email)) as email,
        coalesce(survivors.survivor_id, users.user_id) as user_id,
        rank() over (
            partition by lower(trim(users.email))
            order by coalesce(users.is_active, users.left_on is null) desc
        ) as place
    from {{ ref('stg_entities__users') }} as users
    left join survivors
        on
            survivors.entity = 'users'
            and users.user_id = survivors.loser_id
    where users.email is not null
),

-- Where two users match equally, no user is assigned.
mailboxes as (
    select
        email,
        min(user_id) as user_id
    from addresses
    where place = 1
    group by email
    having count(distinct user_id) = 1
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
