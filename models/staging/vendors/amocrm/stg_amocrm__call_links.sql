with

calls as (
    select * from {{ landed('amocrm', 'lead_calls') }}
    where uniq is not null
),

cards as (
    select * from {{ ref('stg_amocrm__cards') }}
),

noted as (
    select
        calls.source,
        calls.uniq,
        case when cards.was_lead then calls.entity_id end as lead_id,
        case when not coalesce(cards.is_lead, false) then calls.entity_id end
            as deal_id,
        calls.updated_at
    from calls
    left join cards
        on
            calls.source = cards.source
            and calls.entity_id = cards.id
),

-- One call may be noted at several cards.
renamed as (
    select
        source,
        -- ids
        uniq as session_id,
        min(lead_id) as lead_id,
        min(deal_id) as deal_id,
        -- times
        max(updated_at) as updated_at
    from noted
    group by source, uniq
)

select * from renamed
