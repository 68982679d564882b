with

leads as (
    select * from {{ landed('amocrm', 'leads') }}
),

-- The vendor may not know how to list the trash, and list what is there.
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
    -- Of a card in the trash the vendor tells only that it is there. One that
    -- changed after it was deleted has been restored.
    left join trash
        on
            leads.source = trash.source
            and leads.id = trash.id
            and leads.updated_at <= trash.updated_at
)

select * from renamed
