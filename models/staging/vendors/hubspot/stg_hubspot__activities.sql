with

calls as (
    select * from {{ landed('hubspot', 'calls') }}
),

emails as (
    select * from {{ landed('hubspot', 'emails') }}
),

communications as (
    select * from {{ landed('hubspot', 'communications') }}
),

tasks as (
    select * from {{ landed('hubspot', 'tasks') }}
),

archived_tasks as (
    select * from {{ landed('hubspot', 'archived_tasks') }}
),

seen as (
    select
        'calls' as kind,
        source,
        id,
        updated_at
    from calls
    union all
    select
        'emails' as kind,
        source,
        id,
        updated_at
    from emails
    union all
    select
        'communications' as kind,
        source,
        id,
        updated_at
    from communications
    union all
    select
        'tasks' as kind,
        source,
        id,
        updated_at
    from tasks
    union all
    select
        'tasks' as kind,
        source,
        id,
        updated_at
    from archived_tasks
),

activities as (
    select
        kind,
        source,
        id,
        max(updated_at) as updated_at
    from seen
    group by kind, source, id
)

select * from activities
