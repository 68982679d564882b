with

cards as (
    select * from {{ ref('stg_amocrm__cards') }}
    where was_lead and not is_deleted
),

turns as (
    select * from {{ ref('stg_amocrm__card_turns') }}
),

qualified_stages as (
    select
        source,
        value as status_id
    from {{ ref('stg_config__options') }}
    where name = 'qualified_stages'
),

custom as (
    {{ own_fields('amocrm', 'leads', [
        'source_type', 'channel', 'click_id', 'client_id', 'referrer', 'landing_page', 'utm_source',
        'utm_medium', 'utm_campaign', 'utm_content', 'utm_term', 'phone', 'email', 'messenger',
        'company', 'segment', 'country', 'city', 'qualified_at', 'converted_at', 'deal_id',
        'is_test',
    ]) }}
),

-- A card without a history has been in its current stage since its creation.
dated as (
    select
        cards.*,
        coalesce(
            turns.qualified_at,
            case when qualified_stages.status_id is not null then cards.created_at end
        ) as qualified_at,
        coalesce(
            turns.converted_at,
            case
                when cards.is_lead and cards.status_id = '142'
                    then coalesce(cards.closed_at, cards.created_at)
            end
        ) as converted_at
    from cards
    left join turns using (source, id)
    left join qualified_stages using (source, status_id)
),

renamed as (
    select
        dated.source,
        -- ids
        dated.id as lead_id,
        custom.click_id,
        custom.client_id,
        dated.contact_id,
        dated.responsible_user_id as owner_id,
        coalesce(custom.deal_id, case when not dated.is_lead then dated.id end)
            as deal_id,
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
        case
            when not dated.is_lead or dated.status_id = '142' then 'converted'
            when dated.status_id = '143' then 'junk'
            when
                {{ unix_seconds('custom.qualified_at') }} is not null
                or dated.qualified_at is not null
                then 'qualified'
            else 'in_work'
        end as status,
        case
            when dated.is_lead and dated.status_id = '143' then dated.loss_reason
        end as junk_reason,
        -- booleans
        {{ dbt.safe_cast('custom.is_test', 'boolean') }} as is_test,
        -- dates and times
        dated.created_at,
        coalesce({{ unix_seconds('custom.qualified_at') }}, dated.qualified_at)
            as qualified_at,
        coalesce({{ unix_seconds('custom.converted_at') }}, dated.converted_at)
            as converted_at,
        dated.updated_at
    from dated
    left join custom using (source, id)
)

select * from renamed
