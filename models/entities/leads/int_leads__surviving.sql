with

leads as (
    select * from {{ ref('stg_entities__leads') }}
    where created_at < {{ as_of_end() }}
),

survivors as (
    select * from {{ ref('int_merges__resolved') }}
),

contacts as (
    select * from {{ ref('stg_entities__contacts') }}
),

marked as (
    select * from {{ ref('int_records__marked') }}
    where record_type = 'lead'
),

surviving as (
    select leads.*
    from leads
    anti join survivors
        on
            survivors.entity = 'leads'
            and leads.lead_id = survivors.loser_id
            and survivors.survivor_id is not null
),

repointed as (
    select
        surviving.source,
        surviving.lead_id,
        coalesce(contact_merges.survivor_id, surviving.contact_id) as contact_id,
        coalesce(user_merges.survivor_id, surviving.owner_id, 'unassigned')
            as owner_id,
        surviving.created_at,
        case when surviving.qualified_at < {{ as_of_end() }} then surviving.qualified_at end
            as qualified_at,
        case when surviving.converted_at < {{ as_of_end() }} then surviving.converted_at end
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
        coalesce(surviving.segment, contacts.segment) as segment,
        coalesce(surviving.country, contacts.country) as country,
        coalesce(surviving.city, contacts.city) as city,
        surviving.status,
        surviving.junk_reason,
        coalesce(surviving.is_test, false) or marked.record_id is not null as is_test
    from surviving
    left join survivors as contact_merges
        on
            contact_merges.entity = 'contacts'
            and surviving.contact_id = contact_merges.loser_id
    left join survivors as user_merges
        on
            user_merges.entity = 'users'
            and surviving.owner_id = user_merges.loser_id
    left join contacts
        on coalesce(contact_merges.survivor_id, surviving.contact_id) = contacts.contact_id
    left join marked
        on surviving.lead_id = marked.record_id
)

select * from repointed
