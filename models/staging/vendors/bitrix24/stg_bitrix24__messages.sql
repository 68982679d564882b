with

messages as (
    select * from {{ landed('bitrix24', 'messages') }}
),

renamed as (
    select
        source,
        -- ids
        id as message_id,
        cast(null as {{ dbt.type_string() }}) as thread_id,
        nullif(responsible_id, '0') as user_id,
        -- 1 is a lead, 2 a deal, 3 a contact.
        case when owner_type_id = '3' then owner_id end as contact_id,
        case when owner_type_id = '1' then owner_id end as lead_id,
        case when owner_type_id = '2' then owner_id end as deal_id,
        -- text
        case
            when direction = '2' then 'out'
            when direction = '1' or provider = 'IMOPENLINES_SESSION' then 'in'
            else 'out'
        end as direction,
        case
            when provider = 'CRM_EMAIL' then 'email'
            when provider = 'CRM_SMS' then 'sms'
            else 'chat'
        end as channel,
        cast(null as {{ dbt.type_string() }}) as phone,
        cast(null as {{ dbt.type_string() }}) as email,
        -- booleans
        coalesce(direction, '') = '2' and coalesce(author_id, '0') = '0'
            as is_automatic,
        -- times
        created_at as sent_at,
        updated_at
    from messages
)

select * from renamed
