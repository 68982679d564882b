with

emails as (
    select * from {{ landed('hubspot', 'emails') }}
),

communications as (
    select * from {{ landed('hubspot', 'communications') }}
),

present as (
    select * from {{ ref('stg_hubspot__present') }}
    where not is_archived
),

linked as (
    select * from {{ ref('stg_hubspot__activity_links') }}
),

custom as (
    {{ own_fields('hubspot', 'messages', ['direction']) }}
),

told as (
    select
        'emails' as kind,
        source,
        id,
        thread_id,
        owner_id,
        case when direction in ('INCOMING_EMAIL', 'FORWARDED_EMAIL') then 'in' else 'out' end
            as direction,
        'email' as channel,
        coalesce(is_out_of_office, false) as is_answered_by_program,
        record_source,
        sent_at,
        updated_at
    from emails
    -- Not sent, or not yet.
    where coalesce(status, 'SENT') not in ('BOUNCED', 'FAILED', 'SCHEDULED', 'SENDING')
    union all
    select
        'communications' as kind,
        communications.source,
        communications.id,
        cast(null as {{ dbt.type_string() }}) as thread_id,
        communications.owner_id,
        case
            when lower(custom.direction) in ('in', 'inbound', 'incoming', 'received') then 'in'
            else 'out'
        end as direction,
        case
            when communications.channel_type = 'SMS' then 'sms'
            when communications.channel_type = 'CUSTOM_CHANNEL_CONVERSATION' then 'chat'
            else 'messenger'
        end as channel,
        false as is_answered_by_program,
        communications.record_source,
        communications.sent_at,
        communications.updated_at
    from communications
    left join custom
        on
            communications.source = custom.source
            and communications.id = custom.id
),

renamed as (
    select
        told.source,
        -- ids
        told.id as message_id,
        told.thread_id,
        told.owner_id as user_id,
        linked.contact_id,
        linked.lead_id,
        linked.deal_id,
        -- text
        told.direction,
        told.channel,
        cast(null as {{ dbt.type_string() }}) as phone,
        cast(null as {{ dbt.type_string() }}) as email,
        -- booleans
        told.is_answered_by_program
        or (
            told.direction = 'out'
            and coalesce(told.record_source, '') in (
                'AUTOMATION_JOURNEY', 'AUTOMATION_PLATFORM', 'BOT', 'BREEZE_AGENT',
                'CUSTOMER_AGENT', 'PROSPECTING_AGENT', 'SEQUENCES', 'WORKFLOWS'
            )
        ) as is_automatic,
        -- times
        told.sent_at,
        told.updated_at
    from told
    inner join present
        on
            told.source = present.source
            and told.kind = present.kind
            and told.id = present.id
    left join linked
        on
            told.source = linked.source
            and told.kind = linked.kind
            and told.id = linked.id
)

select * from renamed
