with

cards as (
    select * from {{ ref('stg_hubspot__cards') }}
    where kind = 'leads' and not is_deleted
),

standings as (
    select * from {{ ref('stg_hubspot__standings') }}
),

merged as (
    select * from {{ ref('stg_hubspot__merged') }}
    where kind = 'contacts'
),

custom as (
    {{ own_fields('hubspot', 'leads', [
        'source_type', 'channel', 'utm_source', 'utm_medium', 'utm_campaign', 'utm_content',
        'utm_term', 'click_id', 'client_id', 'referrer', 'landing_page', 'phone', 'email',
        'messenger', 'company', 'segment', 'country', 'city', 'is_test',
    ]) }}
),

renamed as (
    select
        cards.source,
        -- ids
        cards.id as lead_id,
        custom.click_id,
        custom.client_id,
        coalesce(merged.survivor_id, cards.contact_id) as contact_id,
        cards.owner_id,
        standings.deal_id,
        -- text
        {{ known_source_type('custom.source_type') }} as source_type,
        custom.channel,
        custom.utm_source,
        custom.utm_medium,
        custom.utm_campaign,
        custom.utm_content,
        custom.utm_term,
        custom.referrer,
        custom.landing_page,
        custom.phone,
        custom.email,
        custom.messenger,
        custom.company,
        {{ known_segment('custom.segment') }} as segment,
        custom.country,
        custom.city,
        standings.status,
        standings.junk_reason,
        -- booleans
        {{ dbt.safe_cast('custom.is_test', 'boolean') }} as is_test,
        -- dates and times
        cards.created_at,
        standings.qualified_at,
        standings.converted_at,
        cards.updated_at
    from cards
    inner join standings
        on
            cards.source = standings.source
            and cards.id = standings.id
    left join custom
        on
            cards.source = custom.source
            and cards.id = custom.id
    left join merged
        on
            cards.source = merged.source
            and cards.contact_id = merged.loser_id
)

select * from renamed
