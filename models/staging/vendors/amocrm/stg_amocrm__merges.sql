with

merged as (
    select * from {{ ref('stg_amocrm__merged') }}
    where entity_type in ('lead', 'contact')
),

cards as (
    select * from {{ ref('stg_amocrm__cards') }}
),

lead_pipelines as (
    select distinct source from {{ ref('stg_config__options') }}
    where name = 'lead_pipelines'
),

-- What is left is known best, what is no more by its history.
histories as (
    select
        source,
        card_id,
        max(case when is_from_lead or is_to_lead then 1 else 0 end) = 1
            as was_lead,
        max(case when is_to_lead then 0 else 1 end) = 1 as was_deal
    from {{ ref('stg_amocrm__stage_moves') }}
    group by source, card_id
),

-- Of a card of which nothing is known both are said, which does no harm.
placed as (
    select
        merged.*,
        lead_pipelines.source is not null
        and coalesce(cards.was_lead, histories.was_lead, true) as is_lead,
        coalesce(not cards.is_lead, histories.was_deal, true) as is_deal
    from merged
    left join cards
        on
            merged.source = cards.source
            and merged.survivor_id = cards.id
    left join histories
        on
            merged.source = histories.source
            and merged.loser_id = histories.card_id
    left join lead_pipelines
        on merged.source = lead_pipelines.source
),

named as (
    select
        'contacts' as entity,
        *
    from placed
    where entity_type = 'contact'
    union all
    select
        'deals' as entity,
        *
    from placed
    where entity_type = 'lead' and is_deal
    union all
    select
        'leads' as entity,
        *
    from placed
    where entity_type = 'lead' and is_lead
),

renamed as (
    select
        source,
        entity,
        loser_id,
        survivor_id,
        merged_at,
        cast(null as timestamp) as updated_at
    from named
)

select * from renamed
