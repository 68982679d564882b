with

contacts as (
    select * from {{ landed('amocrm', 'contacts') }}
),

deleted as (
    select distinct
        source,
        entity_id
    from {{ landed('amocrm', 'events') }}
    where type = 'contact_deleted'
),

merged as (
    select * from {{ ref('stg_amocrm__merged') }}
    where entity_type = 'contact'
),

custom as (
    {{ own_fields('amocrm', 'contacts', [
        'phones', 'emails', 'messengers', 'segment', 'city', 'country',
    ]) }}
),

renamed as (
    select
        contacts.source,
        -- ids
        contacts.id as contact_id,
        contacts.company_id,
        -- text
        contacts.name,
        custom.phones,
        custom.emails,
        custom.messengers,
        {{ known_segment('custom.segment') }} as segment,
        custom.city,
        custom.country,
        -- dates and times
        contacts.created_at,
        contacts.updated_at
    from contacts
    left join custom
        on
            contacts.source = custom.source
            and contacts.id = custom.id
    -- The vendor shows neither any more, also where it was read before.
    left join deleted
        on
            contacts.source = deleted.source
            and contacts.id = deleted.entity_id
    left join merged
        on
            contacts.source = merged.source
            and contacts.id = merged.loser_id
    where deleted.entity_id is null and merged.loser_id is null
)

select * from renamed
