with

leads as (
    select * from {{ landed('bitrix24', 'leads') }}
),

standings as (
    select * from {{ ref('stg_bitrix24__standings') }}
),

custom as (
    {{ own_fields('bitrix24', 'leads', [
        'source_type', 'channel', 'click_id', 'client_id', 'referrer', 'landing_page', 'segment',
        'country', 'city', 'is_test',
    ]) }}
),

renamed as (
    select
        leads.source,
        -- ids
        leads.id as lead_id,
        custom.click_id,
        custom.client_id,
        nullif(leads.contact_id, '0') as contact_id,
        leads.assigned_by_id as owner_id,
        standings.deal_id,
        -- text
        coalesce(
            {{ known_source_type('custom.source_type') }},
            case
                when leads.source_id in ('CALL', 'CALLBACK') then 'call'
                when leads.source_id in ('WEB', 'WEBFORM') then 'form'
                when leads.source_id = 'STORE' then 'order'
                when leads.source_id = 'TRADE_SHOW' then 'event'
                -- Of an open line, by its number: 1|OPENLINE, 14|WHATSAPP.
                when leads.source_id like '%|%' then 'chat'
            end
        ) as source_type,
        custom.channel,
        leads.utm_source,
        leads.utm_medium,
        leads.utm_campaign,
        leads.utm_content,
        leads.utm_term,
        custom.referrer,
        custom.landing_page,
        {{ json_text('leads.phones', "'$[0].VALUE'") }} as phone,
        {{ json_text('leads.emails', "'$[0].VALUE'") }} as email,
        -- A chat of an open line is not an address of a person.
        nullif(
            {{ json_values('leads.messengers', 'VALUE', "'imol|%'") }}, ''
        ) as messenger,
        leads.company,
        {{ known_segment('custom.segment') }} as segment,
        coalesce(custom.country, leads.country) as country,
        coalesce(custom.city, leads.city) as city,
        standings.status,
        standings.junk_reason,
        -- booleans
        {{ dbt.safe_cast('custom.is_test', 'boolean') }} as is_test,
        -- dates and times
        leads.created_at,
        standings.qualified_at,
        standings.converted_at,
        leads.updated_at
    from leads
    inner join standings
        on
            leads.source = standings.source
            and leads.id = standings.id
    left join custom
        on
            leads.source = custom.source
            and leads.id = custom.id
)

select * from renamed
