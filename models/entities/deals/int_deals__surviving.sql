with

deals as (
    select * from {{ ref('stg_entities__deals') }}
    where not coalesce(is_deleted, false) and created_at < {{ as_of_end() }}
),

survivors as (
    select * from {{ ref('int_merges__resolved') }}
),

marked as (
    select * from {{ ref('int_records__marked') }}
    where record_type = 'deal'
),

surviving as (
    select deals.*
    from deals
    anti join survivors
        on
            survivors.entity = 'deals'
            and deals.deal_id = survivors.loser_id
            and survivors.survivor_id is not null
),

repointed as (
    select
        surviving.source,
        surviving.deal_id,
        surviving.pipeline_id,
        coalesce(contacts.survivor_id, surviving.contact_id) as contact_id,
        surviving.company_id,
        coalesce(leads.survivor_id, surviving.lead_id) as lead_id,
        coalesce(users.survivor_id, surviving.owner_id, 'unassigned')
            as owner_id,
        surviving.stage_id,
        surviving.status,
        surviving.lost_reason,
        surviving.updated_at,
        surviving.closed_at,
        surviving.created_at,
        surviving.amount,
        coalesce(upper(surviving.currency), '{{ var("base_currency") }}')
            as currency,
        surviving.cost,
        surviving.product,
        surviving.expected_close_on,
        coalesce(surviving.is_test, false) or marked.record_id is not null as is_test
    from surviving
    left join survivors as contacts
        on
            contacts.entity = 'contacts'
            and surviving.contact_id = contacts.loser_id
    left join survivors as leads
        on
            leads.entity = 'leads'
            and surviving.lead_id = leads.loser_id
    left join survivors as users
        on
            users.entity = 'users'
            and surviving.owner_id = users.loser_id
    left join marked
        on surviving.deal_id = marked.record_id
)

select * from repointed
