with

contacts as (
    select * from {{ landed('bitrix24', 'contacts') }}
),

gone as (
    select * from {{ ref('stg_bitrix24__gone') }}
    where entity = 'contacts'
),

custom as (
    {{ own_fields('bitrix24', 'contacts', ['segment', 'city', 'country', 'messengers']) }}
),

renamed as (
    select
        contacts.source,
        -- ids
        contacts.id as contact_id,
        nullif(contacts.company_id, '0') as company_id,
        -- text
        {{ full_name('contacts.first_name', 'contacts.last_name') }} as name,
        nullif({{ json_values('contacts.phones', 'VALUE') }}, '') as phones,
        nullif({{ json_values('contacts.emails', 'VALUE') }}, '') as emails,
        -- A chat of an open line is not an address of a person.
        coalesce(
            custom.messengers,
            nullif(
                {{ json_values('contacts.messengers', 'VALUE', "'imol|%'") }}, ''
            )
        ) as messengers,
        {{ known_segment('custom.segment') }} as segment,
        coalesce(custom.city, contacts.city) as city,
        coalesce(custom.country, contacts.country) as country,
        -- dates and times
        contacts.created_at,
        contacts.updated_at
    from contacts
    left join custom
        on
            contacts.source = custom.source
            and contacts.id = custom.id
    left join gone
        on
            contacts.source = gone.source
            and contacts.id = gone.id
    where gone.id is null
)

select * from renamed
