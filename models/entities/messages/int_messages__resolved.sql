with

messages as (
    select * from {{ ref('stg_entities__messages') }}
    where sent_at < {{ as_of_end() }} and direction != 'internal'
),

survivors as (
    select * from {{ ref('int_merges__resolved') }}
),

resolved as (
    select
        messages.source,
        messages.message_id,
        messages.thread_id,
        messages.sent_at,
        messages.direction,
        messages.channel,
        coalesce(messages.is_automatic, false) as is_automatic,
        coalesce(users.survivor_id, messages.user_id, 'unassigned') as manager_id,
        coalesce(contacts.survivor_id, messages.contact_id) as contact_id,
        coalesce(leads.survivor_id, messages.lead_id) as lead_id,
        coalesce(deals.survivor_id, messages.deal_id) as deal_id,
        messages.phone,
        messages.email
    from messages
    left join survivors as users
        on
            users.entity = 'users'
            and messages.user_id = users.loser_id
    left join survivors as contacts
        on
            contacts.entity = 'contacts'
            and messages.contact_id = contacts.loser_id
    left join survivors as leads
        on
            leads.entity = 'leads'
            and messages.lead_id = leads.loser_id
    left join survivors as deals
        on
            deals.entity = 'deals'
            and messages.deal_id = deals.loser_id
)

select * from resolved
