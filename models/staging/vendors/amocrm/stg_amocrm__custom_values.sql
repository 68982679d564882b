with

leads as (
    select * from {{ source('amocrm', 'leads') }}
),

deleted_leads as (
    select * from {{ source('amocrm', 'deleted_leads') }}
),

contacts as (
    select * from {{ source('amocrm', 'contacts') }}
),

mapped as (
    select * from {{ source('amocrm', 'custom_fields') }}
),

-- The later stands above: a card that was seen in the trash has both.
cards as (
    select
        source,
        id,
        updated_at,
        custom_fields_values
    from leads
    union all
    select
        source,
        id,
        updated_at,
        custom_fields_values
    from deleted_leads
),

newest_cards as (
    select * from cards
    qualify row_number() over (
        partition by source, id
        order by updated_at desc, custom_fields_values asc nulls last
    ) = 1
),

owners as (
    select
        'lead' as kind,
        source,
        id,
        {{ json_rows(
            'custom_fields_values', ['field_id', 'field_code', 'values']
        ) }} as item
    from newest_cards
    union all
    select
        'contact' as kind,
        source,
        id,
        {{ json_rows(
            'custom_fields_values', ['field_id', 'field_code', 'values']
        ) }} as item
    from contacts
),

filled as (
    select
        kind,
        source,
        id,
        item['field_id'] as field_id,
        lower(item['field_code']) as field_code,
        nullif({{ json_values("item['values']") }}, '') as value
    from owners
),

-- Fields that every account has are known by their codes.
by_code as (
    select
        kind,
        source,
        id,
        value,
        case when kind = 'contact' then 'contacts' else 'leads' end as entity,
        case field_code
            when 'phone' then 'phones'
            when 'email' then 'emails'
            when 'im' then 'messengers'
            when 'yclid' then 'click_id'
            when 'gclid' then 'click_id'
            when 'fbclid' then 'click_id'
            else field_code
        end as column_name,
        2 as rank
    from filled
    where
        value is not null
        and (
            (kind = 'contact' and field_code in ('phone', 'email', 'im'))
            or (
                kind = 'lead'
                and field_code in (
                    'utm_source',
                    'utm_medium',
                    'utm_campaign',
                    'utm_content',
                    'utm_term',
                    'referrer',
                    'yclid',
                    'gclid',
                    'fbclid'
                )
            )
        )
),

by_config as (
    select
        filled.kind,
        filled.source,
        filled.id,
        filled.value,
        mapped.entity,
        mapped.column_name,
        1 as rank
    from filled
    inner join mapped
        on
            filled.source = mapped.source
            and filled.field_id = mapped.field_id
            and (filled.kind = 'contact') = (mapped.entity = 'contacts')
    where filled.value is not null
),

ranked as (
    select * from by_config
    union all
    select * from by_code
),

chosen as (
    select
        source,
        entity,
        id,
        column_name,
        value
    from ranked
    qualify row_number() over (
        partition by source, entity, id, column_name
        order by rank asc, value asc
    ) = 1
)

select * from chosen
