with

contacts as (
    select * from {{ landed('hubspot', 'contacts') }}
),

present as (
    select * from {{ ref('stg_hubspot__present') }}
    where kind = 'contacts' and not is_archived
),

custom as (
    {{ own_fields('hubspot', 'contacts', ['messengers', 'segment', 'city', 'country']) }}
),

renamed as (
    select
        contacts.source,
        -- ids
        contacts.id as contact_id,
        contacts.company_id,
        -- text
        {{ full_name('contacts.first_name', 'contacts.last_name') }} as name,
        case
            when contacts.phone is null then contacts.mobile_phone
            when contacts.mobile_phone is null then contacts.phone
            else concat(contacts.phone, '; ', contacts.mobile_phone)
        end as phones,
        case
            when contacts.email is null
                then replace(contacts.additional_emails, ';', '; ')
            when contacts.additional_emails is null then contacts.email
            else
                concat(
                    contacts.email,
                    '; ',
                    replace(contacts.additional_emails, ';', '; ')
                )
        end as emails,
        custom.messengers,
        {{ known_segment('custom.segment') }} as segment,
        coalesce(custom.city, contacts.city) as city,
        coalesce(custom.country, contacts.country) as country,
        -- dates and times
        contacts.created_at,
        contacts.updated_at
    from contacts
    inner join present
        on
            contacts.source = present.source
            and contacts.id = present.id
    left join custom
        on
            contacts.source = custom.source
            and contacts.id = custom.id
)

select * from renamed
