with

statements as (
    {{ anchored(ref('int_customers__statements'), ref('int_customers__records')) }}
),

identifiers as (
    select * from {{ ref('stg_identity__identifiers') }}
),

components as (
    select * from {{ ref('int_customers__components') }}
),

-- What several customers share names none of them.
known as (
    select
        statements.kind,
        statements.value,
        min(components.customer_id) as customer_id
    from statements
    inner join components
        on statements.anchor = components.anchor
    group by statements.kind, statements.value
    having min(components.customer_id) = max(components.customer_id)
),

-- Whoever calls is somebody, though no record of the CRM has the number yet.
strangers as (
    select
        identifiers.value,
        min(calls.started_at) as called_at
    from {{ ref('stg_entities__calls') }} as calls
    inner join identifiers
        on
            calls.client_phone = identifiers.raw_value
            and identifiers.kind = 'phone'
    anti join statements
        on
            statements.kind = 'phone'
            and identifiers.value = statements.value
    where
        calls.direction != 'internal'
        and calls.started_at < {{ as_of_end() }}
    group by identifiers.value
),

named as (
    select
        kind,
        value,
        customer_id,
        null as called_at
    from known

    union all

    select
        'phone' as kind,
        strangers.value,
        {{ customer_hash("'phone:' || strangers.value", 'customer_key.hash_key') }}
            as customer_id,
        strangers.called_at
    from strangers
    cross join {{ ref('stg_ledger__customer_key') }} as customer_key
),

cells as (
    select
        kind,
        raw_value,
        value
    from identifiers

    union all

    select
        kind,
        value as raw_value,
        value
    from known
    where kind = 'client_id'
),

reached as (
    select
        cells.kind,
        cells.raw_value,
        min(named.customer_id) as customer_id,
        min(named.called_at) as stranger_since
    from cells
    inner join named
        on
            cells.kind = named.kind
            and cells.value = named.value
    group by cells.kind, cells.raw_value
    having min(named.customer_id) = max(named.customer_id)
)

select * from reached
