with

leads as (
    select * from {{ source('amocrm', 'leads') }}
),

deleted_leads as (
    select * from {{ source('amocrm', 'deleted_leads') }}
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

-- A card that was seen in the trash has been seen outside of it too.
newest as (
    select * from seen
    qualify row_number() over (
        partition by source, id
        order by
            updated_at desc,
            is_in_trash desc,
            custom_fields_values asc nulls last
    ) = 1
),

renamed as (
    select
        source,
        -- ids
        id,
        pipeline_id,
        status_id,
        responsible_user_id,
        {{ json_found('contacts', 'is_main', "'true'", 'id') }} as contact_id,
        company_id,
        -- text
        loss_reason,
        custom_fields_values,
        -- numbers
        price,
        price_with_minor_units,
        -- booleans
        is_in_trash,
        -- dates and times
        created_at,
        updated_at,
        closed_at
    from newest
)

select * from renamed
