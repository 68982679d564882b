with

seen_cards as (
    select * from {{ ref('stg_amocrm__seen_cards') }}
),

turns as (
    select * from {{ ref('stg_amocrm__card_turns') }}
),

lead_pipelines as (
    select
        source,
        value as pipeline_id
    from {{ ref('stg_config__options') }}
    where name = 'lead_pipelines'
),

merged as (
    select
        source,
        loser_id as id
    from {{ ref('stg_amocrm__merged') }}
    where entity_type = 'lead'
),

fates as (
    select * from {{ landed('amocrm', 'events') }}
    where type in ('lead_deleted', 'lead_restored')
    qualify row_number() over (
        partition by source, entity_id order by created_at desc, id desc
    ) = 1
),

-- What is merged into another is no more, also where it was read before.
unmerged as (
    select seen_cards.*
    from seen_cards
    anti join merged using (source, id)
),

cards as (
    select
        unmerged.source,
        -- ids
        unmerged.id,
        unmerged.pipeline_id,
        unmerged.status_id,
        unmerged.responsible_user_id,
        unmerged.contact_id,
        unmerged.company_id,
        -- text
        unmerged.loss_reason,
        -- numbers
        unmerged.price,
        unmerged.price_with_minor_units,
        -- booleans
        lead_pipelines.pipeline_id is not null as is_lead,
        lead_pipelines.pipeline_id is not null or coalesce(turns.was_lead, false)
            as was_lead,
        -- The history is read after the list and is more recent.
        coalesce(fates.type = 'lead_deleted', unmerged.is_in_trash) as is_deleted,
        -- dates and times
        unmerged.created_at,
        unmerged.updated_at,
        unmerged.closed_at,
        turns.became_deal_at
    from unmerged
    left join lead_pipelines using (source, pipeline_id)
    left join turns using (source, id)
    left join fates
        on
            unmerged.source = fates.source
            and unmerged.id = fates.entity_id
)

select * from cards
