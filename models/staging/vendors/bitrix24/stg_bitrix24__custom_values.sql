with

contacts as (
    select * from {{ landed('bitrix24', 'contacts') }}
),

leads as (
    select * from {{ landed('bitrix24', 'leads') }}
),

deals as (
    select * from {{ landed('bitrix24', 'deals') }}
),

mapped as (
    select * from {{ ref('stg_config__custom_fields') }}
),

choices as (
    select * from {{ landed('bitrix24', 'choices') }}
),

owners as (
    select
        'contacts' as entity,
        source,
        id,
        {{ json_rows('custom', ['field_id', 'value']) }} as item
    from contacts
    union all
    select
        'leads' as entity,
        source,
        id,
        {{ json_rows('custom', ['field_id', 'value']) }} as item
    from leads
    union all
    select
        'deals' as entity,
        source,
        id,
        {{ json_rows('custom', ['field_id', 'value']) }} as item
    from deals
),

filled as (
    select
        entity,
        source,
        id,
        item['field_id'] as field_id,
        item['value'] as value
    from owners
    where item['value'] is not null and item['value'] != ''
),

-- Of a list the portal gives the number of what was chosen.
named as (
    select
        filled.source,
        filled.entity,
        filled.id,
        mapped.column_name,
        coalesce(choices.name, filled.value) as value
    from filled
    inner join mapped
        on
            filled.source = mapped.source
            and filled.entity = mapped.entity
            and filled.field_id = mapped.field_id
            -- The portal also delivers false for an empty field.
            and (filled.value != 'false' or mapped.column_name = 'is_test')
    left join choices
        on
            filled.source = choices.source
            and filled.entity = choices.entity
            and filled.field_id = choices.field_id
            and filled.value = choices.id
),

listed as (
    select
        source,
        entity,
        id,
        column_name,
        {{ dbt.listagg('value', "'; '", 'order by value') }} as value
    from named
    group by source, entity, id, column_name
)

select * from listed
