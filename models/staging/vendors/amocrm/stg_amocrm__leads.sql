with

cards as (
    select * from {{ ref('stg_amocrm__cards') }}
    where was_lead and not is_deleted
),

moves as (
    select * from {{ ref('stg_amocrm__stage_moves') }}
),

qualified_stages as (
    select * from {{ source('amocrm', 'options') }}
    where name = 'qualified_stages'
),

custom as (
    select
        source,
        id,
        {{ columns_of_rows([
            'source_type',
            'channel',
            'utm_source',
            'utm_medium',
            'utm_campaign',
            'utm_content',
            'utm_term',
            'click_id',
            'client_id',
            'referrer',
            'landing_page',
            'phone',
            'email',
            'messenger',
            'company',
            'segment',
            'country',
            'city',
            'qualified_at',
            'converted_at',
            'deal_id',
            'is_test',
        ]) }}
    from {{ ref('stg_amocrm__custom_values') }}
    where entity = 'leads'
    group by source, id
),

-- A card that wins among the inquiries, or leaves them, has become a deal.
steps as (
    select
        moves.source,
        moves.card_id,
        min(
            case when qualified_stages.value is not null then moves.changed_at end
        ) as qualified_at,
        min(
            case
                when moves.is_to_lead and moves.to_stage_id = '142'
                    then moves.changed_at
                when moves.is_from_lead and not moves.is_to_lead
                    then moves.changed_at
            end
        ) as converted_at
    from moves
    left join qualified_stages
        on
            moves.source = qualified_stages.source
            and moves.to_stage_id = qualified_stages.value
    group by moves.source, moves.card_id
),

dated as (
    select
        cards.*,
        coalesce(
            {{ unix_seconds('custom.converted_at') }},
            steps.converted_at,
            case
                when cards.is_lead and cards.status_id = '142'
                    then coalesce(cards.closed_at, cards.created_at)
            end
        ) as converted_at,
        coalesce(
            {{ unix_seconds('custom.qualified_at') }},
            steps.qualified_at,
            case
                when qualified_stages.value is not null then cards.created_at
            end
        ) as qualified_at
    from cards
    left join custom
        on
            cards.source = custom.source
            and cards.id = custom.id
    left join steps
        on
            cards.source = steps.source
            and cards.id = steps.card_id
    left join qualified_stages
        on
            cards.source = qualified_stages.source
            and cards.status_id = qualified_stages.value
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
        case
            when
                custom.source_type in (
                    'form', 'call', 'chat', 'order', 'social', 'event', 'manual'
                )
                then custom.source_type
        end as source_type,
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
        case when custom.segment in ('b2b', 'b2c') then custom.segment end
            as segment,
        custom.country,
        custom.city,
        case
            when not dated.is_lead or dated.status_id = '142' then 'converted'
            when dated.status_id = '143' then 'junk'
            when dated.qualified_at is not null then 'qualified'
            else 'in_work'
        end as status,
        case
            when dated.is_lead and dated.status_id = '143' then dated.loss_reason
        end as junk_reason,
        -- booleans
        {{ dbt.safe_cast('custom.is_test', 'boolean') }} as is_test,
        -- dates and times
        dated.created_at,
        dated.qualified_at,
        dated.converted_at,
        dated.updated_at
    from dated
    left join custom
        on
            dated.source = custom.source
            and dated.id = custom.id
)

select * from renamed
