with

leads as (
    select * from {{ landed('amocrm', 'leads') }}
),

-- A vendor may ignore the request for the trash and list the present cards.
trash as (
    select * from {{ landed('amocrm', 'deleted_leads') }}
    where coalesce(is_deleted, true)
),

renamed as (
    select
        leads.source,
        -- ids
        leads.id,
        leads.pipeline_id,
        leads.status_id,
        leads.responsible_user_id,
        {{ json_found('leads.contacts', 'is_main', "'true'", 'id') }}
            as contact_id,
        leads.company_id,
        -- text
        leads.loss_reason,
        leads.custom_fields_values,
        -- numbers
        leads.price,
        leads.price_with_minor_units,
        -- booleans
        trash.id is not null as is_in_trash,
        -- dates and times
        leads.created_at,
        coalesce(trash.updated_at, leads.updated_at) as updated_at,
        leads.closed_at
    from leads
    -- The vendor delivers only the id of a card in the trash. A card that
    -- changed after its deletion has been restored.
    left join trash
        on
            leads.source = trash.source
            and leads.id = trash.id
            and leads.updated_at <= trash.updated_at
)

select * from renamed
