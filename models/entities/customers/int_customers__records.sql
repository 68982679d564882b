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
        losers.loser_id as record_id,
        born.source,
        born.seen_at,
        anchored.contact_id,
        anchored.anchor
    from {{ ref('int_merges__resolved') }} as losers
    inner join born
        on
            losers.entity = born.entity
            and losers.loser_id = born.record_id
    inner join anchored
        on
            losers.entity = anchored.record_type || 's'
            and losers.survivor_id = anchored.record_id
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
        end as joined_by
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
        joined_by
    from anchored

    union all

    select
        record_type,
        record_id,
        source,
        seen_at,
        contact_id,
        anchor,
        'crm_merge' as joined_by
    from merged
)

select * from records
