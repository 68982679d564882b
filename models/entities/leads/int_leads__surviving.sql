with

leads as (
    select * from {{ ref('stg_entities__leads') }}
    where created_at < {{ as_of_end() }}
),

survivors as (
    select * from {{ ref('int_merges__resolved') }}
),

surviving as (
    select leads.*
    from leads
    anti join survivors
        on
            survivors.entity = 'leads'
            and leads.lead_id = survivors.loser_id
),

repointed as (
    select
        surviving.source,
        surviving.lead_id,
        coalesce(contacts.survivor_id, surviving.contact_id) as contact_id,
        coalesce(users.survivor_id, surviving.owner_id, 'unassigned')
            as owner_id,
        surviving.created_at,
        case when qualified_at < {{ as_of_end() }} then qualified_at end
            as qualified_at,
        case when converted_at < {{ as_of_end() }} then converted_at end
            as converted_at,
        surviving.source_type,
        surviving.channel,
        surviving.utm_source,
        surviving.utm_medium,
        surviving.utm_campaign,
        surviving.utm_content,
        surviving.utm_term,
        surviving.click_id,
        surviving.client_id,
        surviving.referrer,
        surviving.landing_page,
        surviving.segment,
        surviving.country,
        surviving.city,
        surviving.status,
        surviving.junk_reason,
        surviving.is_test
    from surviving
    left join survivors as contacts
        on
            contacts.entity = 'contacts'
            and surviving.contact_id = contacts.loser_id
    left join survivors as users
        on
            users.entity = 'users'
            and surviving.owner_id = users.loser_id
)

select * from repointed
