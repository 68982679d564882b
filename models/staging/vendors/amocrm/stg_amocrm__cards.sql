with

leads as (
    select * from {{ source('amocrm', 'leads') }}
),

deleted_leads as (
    select * from {{ source('amocrm', 'deleted_leads') }}
),

events as (
    select * from {{ source('amocrm', 'events') }}
    where type in ('lead_deleted', 'lead_restored')
),

merged as (
    select * from {{ ref('stg_amocrm__merged') }}
    where entity_type = 'lead'
),

moves as (
    select * from {{ ref('stg_amocrm__stage_moves') }}
),

options as (
    select * from {{ source('amocrm', 'options') }}
    where name = 'lead_pipelines'
),

-- The vendor may not know how to list the trash, and list what is there.
seen as (
    select
        *,
        false as is_in_trash
    from leads
    union all
    select
        *,
        coalesce(is_deleted, true) as is_in_trash
    from deleted_leads
),

newest as (
    select * from seen
    qualify row_number() over (
        partition by source, id order by updated_at desc, is_in_trash desc
    ) = 1
),

fates as (
    select * from events
    qualify row_number() over (
        partition by source, entity_id order by created_at desc, id desc
    ) = 1
),

turns as (
    select
        source,
        card_id,
        min(case when is_from_lead and not is_to_lead then changed_at end)
            as became_deal_at,
        max(case when is_from_lead or is_to_lead then 1 else 0 end) = 1
            as was_lead
    from moves
    group by source, card_id
),

settled as (
    select
        newest.source,
        newest.id,
        newest.pipeline_id,
        newest.status_id,
        newest.price,
        newest.price_with_minor_units,
        newest.responsible_user_id,
        newest.loss_reason,
        newest.contacts,
        newest.company_id,
        newest.created_at,
        newest.updated_at,
        newest.closed_at,
        turns.became_deal_at,
        options.value is not null as is_lead,
        options.value is not null or coalesce(turns.was_lead, false)
            as was_lead,
        -- The history knows it better than the list that was read before it.
        coalesce(fates.type = 'lead_deleted', newest.is_in_trash) as is_deleted
    from newest
    left join fates
        on
            newest.source = fates.source
            and newest.id = fates.entity_id
    left join turns
        on
            newest.source = turns.source
            and newest.id = turns.card_id
    left join options
        on
            newest.source = options.source
            and newest.pipeline_id = options.value
    -- What is merged into another is no more, also where it was read before.
    left join merged
        on
            newest.source = merged.source
            and newest.id = merged.loser_id
    where merged.loser_id is null
),

main_contacts as (
    select
        source,
        id,
        max(case when item['is_main'] = 'true' then item['id'] end)
            as contact_id
    from (
        select
            source,
            id,
            {{ json_rows('contacts', ['id', 'is_main']) }} as item
        from settled
    ) as linked
    group by source, id
),

cards as (
    select
        settled.source,
        settled.id,
        settled.pipeline_id,
        settled.status_id,
        settled.price,
        settled.price_with_minor_units,
        settled.responsible_user_id,
        settled.loss_reason,
        main_contacts.contact_id,
        settled.company_id,
        settled.created_at,
        settled.updated_at,
        settled.closed_at,
        settled.became_deal_at,
        settled.is_lead,
        settled.was_lead,
        settled.is_deleted
    from settled
    left join main_contacts
        on
            settled.source = main_contacts.source
            and settled.id = main_contacts.id
)

select * from cards
