{%- set reached_by = ['contact_id', 'client_id', 'phone', 'email', 'messenger'] -%}
{#- By kind of record: its relation, its id, and what it says of how its client is reached. -#}
{%- set kinds = {
    'order': ('orders', 'order_key', reached_by), 'lead': ('leads', 'lead_id', reached_by),
    'deal': ('deals', 'deal_id', ['contact_id']),
} -%}
{%- set nearby = var('order_match_seconds') | int -%}
{#- What is close lies in the same stretch of time or in one beside it. -#}
{%- set stretch -%}
cast(floor(
    {{ seconds_between("cast('2000-01-01' as timestamp)", 'created_at') }} / {{ [nearby, 1] | max }}
) as bigint)
{%- endset %}

with

repeated as (
    {{ repeated_orders(ref('stg_entities__orders'), ref('stg_entities__order_lines')) }}
),

orders as (
    select
        orders.*,
        {{ order_key('orders') }} as order_key
    from {{ ref('stg_entities__orders') }} as orders
    anti join repeated using (source, order_id)
    where orders.created_at < {{ as_of_end() }}
),

identifiers as (
    select * from {{ ref('stg_identity__identifiers') }}
),

leads as (
    select * from {{ ref('stg_entities__leads') }}
    where created_at < {{ as_of_end() }}
),

deals as (
    select * from {{ ref('stg_entities__deals') }}
    where created_at < {{ as_of_end() }} and not coalesce(is_deleted, false)
),

records as (
    {%- for record_type, (relation, id, told) in kinds.items() %}
    select
        '{{ record_type }}' as record_type,
        {{ id }} as record_id,
        {%- for cell in reached_by %}
        {{ cell if cell in told else 'null' }} as {{ cell }},
        {%- endfor %}
        created_at,
        {{ stretch | indent(8) }} as stretch
    from {{ relation }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- What the ids of an order name needs no finding, and neither does the order.
named as (
    {%- for record_type in ['lead', 'deal'] %}
    select
        records.record_type,
        records.record_id,
        orders.order_key
    from orders
    inner join records on orders.{{ record_type }}_id = records.record_id
    where records.record_type = '{{ record_type }}'
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

searched as (
    {%- for step in [-1, 0, 1] %}
    select
        record_id as order_key,
        created_at,
        stretch + {{ step }} as stretch
    from records
    anti join named on records.record_id = named.order_key
    where records.record_type = 'order'
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

close as (
    select
        searched.order_key,
        records.record_type,
        records.record_id,
        abs({{ seconds_between('searched.created_at', 'records.created_at') }}) as seconds_apart
    from searched
    inner join records using (stretch)
    anti join named using (record_type, record_id)
    where
        records.record_type != 'order'
        and abs({{ seconds_between('searched.created_at', 'records.created_at') }}) <= {{ nearby }}
),

near as (
    select
        record_type,
        record_id
    from close
    union
    select
        'order' as record_type,
        order_key as record_id
    from close
),

-- A record also says what its contact says.
said as (
    select records.*
    from records
    inner join near using (record_type, record_id)
    union all
    select
        near.record_type,
        near.record_id,
        null as contact_id,
        null as client_id,
        contacts.phones as phone,
        contacts.emails as email,
        contacts.messengers as messenger,
        records.created_at,
        records.stretch
    from records
    inner join near using (record_type, record_id)
    inner join {{ ref('stg_entities__contacts') }} as contacts
        on records.contact_id = contacts.contact_id
),

statements as (
    {{ statements(
        'said', 'identifiers', ['record_type', 'record_id'], ['client_id', 'contact_id']
    ) }}
),

shared as (
    select distinct close.*
    from close
    inner join statements as of_orders
        on
            of_orders.record_type = 'order'
            and close.order_key = of_orders.record_id
    inner join statements as of_records
        on
            close.record_type = of_records.record_type
            and close.record_id = of_records.record_id
            and of_orders.kind = of_records.kind
            and of_orders.value = of_records.value
),

-- An order and a record that are nearest to each other.
found as (
    select
        order_key,
        record_type,
        record_id
    from shared
    qualify
        row_number() over (
            partition by order_key, record_type
            order by seconds_apart, record_id
        ) = 1
        and row_number() over (
            partition by record_type, record_id
            order by seconds_apart, order_key
        ) = 1
)

select * from found
