with

merges as (
    select * from {{ ref('int_merges__resolved') }}
    where entity = 'contacts'
),

deals as (
    select * from {{ ref('int_deals__surviving') }}
),

leads as (
    select * from {{ ref('int_leads__surviving') }}
),

lead_deals as (
    select * from {{ ref('int_leads__deals') }}
    where deal_no = 1
),

-- Contacts are also known from the records that name them.
mentions as (
    select source, contact_id, 1 as priority
    from {{ ref('stg_entities__contacts') }}
    union all
    select source, contact_id, 2 as priority from deals
    union all
    select source, contact_id, 3 as priority from leads
    union all
    select null as source, loser_id as contact_id, 4 as priority from merges
),

contacts as (
    select
        'contact' as record_type,
        mentions.contact_id as record_id,
        min_by(mentions.source, mentions.priority) as source,
        mentions.contact_id,
        coalesce(merges.survivor_id, mentions.contact_id)
            as survivor_contact_id,
        'contact:' || coalesce(merges.survivor_id, mentions.contact_id)
            as identity
    from mentions
    left join merges
        on mentions.contact_id = merges.loser_id
    where mentions.contact_id is not null
    group by all
),

deal_identities as (
    select
        source,
        deal_id,
        coalesce(
            'contact:' || contact_id,
            'company:' || company_id,
            'deal:' || deal_id
        ) as identity
    from deals
),

lead_identities as (
    select
        leads.source,
        leads.lead_id,
        coalesce(
            'contact:' || leads.contact_id,
            deal_identities.identity,
            'lead:' || leads.lead_id
        ) as identity
    from leads
    left join lead_deals
        on leads.lead_id = lead_deals.lead_id
    left join deal_identities
        on lead_deals.deal_id = deal_identities.deal_id
),

records as (
    select
        record_type,
        record_id,
        source,
        contact_id,
        survivor_contact_id,
        identity
    from contacts
    union all
    select 'deal', deal_id, source, null, null, identity from deal_identities
    union all
    select 'lead', lead_id, source, null, null, identity from lead_identities
),

hashed as (
    select
        records.record_type,
        records.record_id,
        records.source,
        records.contact_id,
        records.survivor_contact_id,
        {{ customer_hash('records.identity', 'customer_key.hash_key') }}
            as customer_id
    from records
    cross join {{ ref('stg_ledger__customer_key') }} as customer_key
)

select * from hashed
