with

cards as (
    select * from {{ ref('stg_amocrm__seen_cards') }}
),

contacts as (
    select * from {{ landed('amocrm', 'contacts') }}
),

mapped as (
    select * from {{ ref('stg_config__custom_fields') }}
),

items as (
    select
        false as is_contact,
        source,
        id,
        {{ json_rows(
            'custom_fields_values', ['field_id', 'field_code', 'values']
        ) }} as item
    from cards
    union all
    select
        true as is_contact,
        source,
        id,
        {{ json_rows(
            'custom_fields_values', ['field_id', 'field_code', 'values']
        ) }} as item
    from contacts
),

filled as (
    select
        is_contact,
        source,
        id,
        item['field_id'] as field_id,
        lower(item['field_code']) as field_code,
        nullif({{ json_values("item['values']") }}, '') as value
    from items
),

by_config as (
    select
        filled.source,
        mapped.entity,
        filled.id,
        mapped.column_name,
        filled.value,
        1 as rank
    from filled
    inner join mapped
        on
            filled.source = mapped.source
            and filled.field_id = mapped.field_id
            and filled.is_contact = (mapped.entity = 'contacts')
),

-- Fields that every account has are known by their codes.
by_code as (
    select
        source,
        case when is_contact then 'contacts' else 'leads' end as entity,
        id,
        case
            when is_contact
                then case field_code
                    when 'phone' then 'phones'
                    when 'email' then 'emails'
                    when 'im' then 'messengers'
                end
            when field_code in ('yclid', 'gclid', 'fbclid') then 'click_id'
            when
                field_code in (
                    'utm_source',
                    'utm_medium',
                    'utm_campaign',
                    'utm_content',
                    'utm_term',
                    'referrer'
                )
                then field_code
        end as column_name,
        value,
        2 as rank
    from filled
),

ranked as (
    select * from by_config
    union all
    select * from by_code
    where column_name is not null
),

chosen as (
    select
        source,
        entity,
        id,
        column_name,
        value
    from ranked
    where value is not null
    qualify row_number() over (
        partition by source, entity, id, column_name
        order by rank asc, value asc
    ) = 1
)

select * from chosen
