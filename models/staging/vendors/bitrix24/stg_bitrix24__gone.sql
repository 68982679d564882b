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

tasks as (
    select * from {{ landed('bitrix24', 'tasks') }}
),

present as (
    select * from {{ landed('bitrix24', 'present') }}
),

sweeps as (
    select * from {{ landed('bitrix24', 'sweeps') }}
),

landed as (
    select
        source,
        'contacts' as entity,
        id,
        created_at
    from contacts
    union all
    select
        source,
        'leads' as entity,
        id,
        created_at
    from leads
    union all
    select
        source,
        'deals' as entity,
        id,
        created_at
    from deals
    union all
    select
        source,
        'tasks' as entity,
        id,
        created_at
    from tasks
),

-- What was made after the ids were looked for is not among them, and is there.
gone as (
    select
        landed.source,
        landed.entity,
        landed.id
    from landed
    inner join sweeps
        on
            landed.source = sweeps.source
            and landed.entity = sweeps.entity
            and landed.created_at < sweeps.began_at
    left join present
        on
            landed.source = present.source
            and landed.entity = present.entity
            and landed.id = present.id
    where present.id is null
)

select * from gone
