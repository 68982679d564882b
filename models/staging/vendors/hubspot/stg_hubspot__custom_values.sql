with

contacts as (
    select * from {{ landed('hubspot', 'contacts') }}
),

leads as (
    select * from {{ landed('hubspot', 'leads') }}
),

deals as (
    select * from {{ landed('hubspot', 'deals') }}
),

archived_deals as (
    select * from {{ landed('hubspot', 'archived_deals') }}
),

communications as (
    select * from {{ landed('hubspot', 'communications') }}
),

mapped as (
    select * from {{ ref('stg_config__custom_fields') }}
),

seen as (
    select
        'contacts' as entity,
        source,
        id,
        updated_at,
        properties
    from contacts
    union all
    select
        'leads' as entity,
        source,
        id,
        updated_at,
        properties
    from leads
    union all
    select
        'deals' as entity,
        source,
        id,
        updated_at,
        properties
    from deals
    union all
    select
        'deals' as entity,
        source,
        id,
        updated_at,
        properties
    from archived_deals
    union all
    select
        'messages' as entity,
        source,
        id,
        updated_at,
        properties
    from communications
),

newest as (
    select * from seen
    qualify row_number() over (
        partition by entity, source, id
        order by updated_at desc nulls last, properties asc
    ) = 1
),

filled as (
    select
        newest.entity,
        newest.source,
        newest.id,
        mapped.column_name,
        nullif(
            {{ json_text('newest.properties', "concat('$.', mapped.field_id)") }},
            ''
        ) as value
    from newest
    inner join mapped
        on
            newest.source = mapped.source
            and newest.entity = mapped.entity
)

select * from filled
where value is not null
