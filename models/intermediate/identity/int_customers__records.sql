with

contacts as (
    select * from {{ ref('int_contacts__resolved') }}
),

cards as (
    select * from {{ ref('stg_entities__contacts') }}
),

anchored as (
    select * from {{ ref('int_customers__anchored') }}
),

born as (
    select
        'leads' as entity,
        lead_id as record_id,
        source,
        created_at as seen_at
    from {{ ref('stg_entities__leads') }}

    union all

    select
        'deals' as entity,
        deal_id as record_id,
        source,
        created_at as seen_at
    from {{ ref('stg_entities__deals') }}
),

merged as (
    select
        anchored.record_type,
        merges.loser_id as record_id,
        born.source,
        born.seen_at,
        anchored.contact_id,
        anchored.anchor
    from {{ ref('int_merges__resolved') }} as merges
    inner join born
        on
            merges.entity = born.entity
            and merges.loser_id = born.record_id
    inner join anchored
        on
            merges.entity = anchored.record_type || 's'
            and merges.survivor_id = anchored.record_id
    where born.seen_at < {{ as_of_end() }}
),

records as (
    select
        'contact' as record_type,
        contacts.contact_id as record_id,
        contacts.source,
        cards.created_at as seen_at,
        contacts.survivor_contact_id as contact_id,
        'contact:' || contacts.survivor_contact_id as anchor,
        case
            when contacts.contact_id != contacts.survivor_contact_id
                then 'crm_merge'
        end as rule
    from contacts
    left join cards
        on contacts.contact_id = cards.contact_id

    union all

    select
        record_type,
        record_id,
        source,
        seen_at,
        contact_id,
        anchor,
        rule
    from anchored

    union all

    select
        record_type,
        record_id,
        source,
        seen_at,
        contact_id,
        anchor,
        'crm_merge' as rule
    from merged
)

select * from records
