with

contacts as (
    select * from {{ ref('int_contacts__resolved') }}
),

leads as (
    select * from {{ ref('int_leads__surviving') }}
),

lead_deals as (
    select * from {{ ref('int_leads__deals') }}
    where deal_no = 1
),

deals as (
    select
        *,
        coalesce(
            'contact:' || contact_id,
            'company:' || company_id,
            'deal:' || deal_id
        ) as identity
    from {{ ref('int_deals__surviving') }}
),

records as (
    select
        'contact' as record_type,
        contact_id as record_id,
        source,
        contact_id,
        survivor_contact_id,
        'contact:' || survivor_contact_id as identity
    from contacts

    union all

    select
        'deal' as record_type,
        deal_id as record_id,
        source,
        null as contact_id,
        null as survivor_contact_id,
        identity
    from deals

    union all

    select
        'lead' as record_type,
        leads.lead_id as record_id,
        leads.source,
        null as contact_id,
        null as survivor_contact_id,
        coalesce(
            'contact:' || leads.contact_id,
            deals.identity,
            'lead:' || leads.lead_id
        ) as identity
    from leads
    left join lead_deals
        on leads.lead_id = lead_deals.lead_id
    left join deals
        on lead_deals.deal_id = deals.deal_id
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
