with

message_events as (
    select * from {{ landed('amocrm', 'message_events') }}
),

cards as (
    select * from {{ ref('stg_amocrm__cards') }}
),

placed as (
    select
        message_events.*,
        -- An event of a letter or an SMS refers to a note.
        coalesce(message_events.message_id, message_events.note_id, message_events.id)
            as told_id,
        case
            when message_events.entity_type = 'contact' then message_events.entity_id
        end as contact_id,
        case
            when message_events.entity_type = 'lead' and cards.was_lead
                then message_events.entity_id
        end as lead_id,
        case
            when
                message_events.entity_type = 'lead'
                and not coalesce(cards.is_lead, false)
                then message_events.entity_id
        end as deal_id
    from message_events
    left join cards
        on
            message_events.source = cards.source
            and message_events.entity_type = 'lead'
            and message_events.entity_id = cards.id
),

-- One message may be an event of its card and of its contact.
messages as (
    select
        source,
        told_id,
        min(type) as type,
        min(talk_id) as talk_id,
        min(origin) as origin,
        max(nullif(created_by, '0')) as user_id,
        min(contact_id) as contact_id,
        min(lead_id) as lead_id,
        min(deal_id) as deal_id,
        min(created_at) as created_at
    from placed
    group by source, told_id
),

renamed as (
    select
        source,
        -- ids
        told_id as message_id,
        talk_id as thread_id,
        user_id,
        contact_id,
        lead_id,
        deal_id,
        -- text
        case
            when type like 'incoming%' then 'in'
            when type like 'outgoing%' then 'out'
            else 'internal'
        end as direction,
        case
            when type like '%mail' then 'email'
            when type like '%sms' then 'sms'
            when type = 'entity_direct_message' then 'comment'
            when origin is not null then 'messenger'
            else 'chat'
        end as channel,
        cast(null as {{ dbt.type_string() }}) as phone,
        cast(null as {{ dbt.type_string() }}) as email,
        -- booleans
        type like 'outgoing%' and user_id is null as is_automatic,
        -- times
        created_at as sent_at,
        cast(null as timestamp) as updated_at
    from messages
)

select * from renamed
