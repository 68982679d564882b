with

contacts as (
    select * from {{ source('bitrix24', 'contacts') }}
),

gone as (
    select * from {{ ref('stg_bitrix24__gone') }}
    where entity = 'contacts'
),

custom as (
    select
        source,
        id,
        {{ columns_of_rows(['segment', 'city', 'country', 'messengers']) }}
    from {{ ref('stg_bitrix24__custom_values') }}
    where entity = 'contacts'
    group by source, id
),

renamed as (
    select
        contacts.source,
        -- ids
        contacts.id as contact_id,
        nullif(contacts.company_id, '0') as company_id,
        -- text
        nullif(
            trim(
                concat(
                    coalesce(contacts.first_name, ''),
                    ' ',
                    coalesce(contacts.last_name, '')
                )
            ),
            ''
        ) as name,
        nullif({{ json_values('contacts.phones', 'VALUE') }}, '') as phones,
        nullif({{ json_values('contacts.emails', 'VALUE') }}, '') as emails,
        -- A chat of an open line is nobody's address.
        coalesce(
            custom.messengers,
            nullif(
                {{ json_values('contacts.messengers', 'VALUE', "'imol|%'") }}, ''
            )
        ) as messengers,
        case when custom.segment in ('b2b', 'b2c') then custom.segment end
            as segment,
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
