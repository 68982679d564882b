with

present_tasks as (
    select * from {{ landed('hubspot', 'tasks') }}
),

archived_tasks as (
    select * from {{ landed('hubspot', 'archived_tasks') }}
),

seen as (
    select
        source,
        id,
        owner_id,
        type,
        status,
        created_at,
        due_at,
        completed_at,
        updated_at
    from present_tasks
    union all
    select
        source,
        id,
        owner_id,
        type,
        status,
        created_at,
        due_at,
        completed_at,
        updated_at
    from archived_tasks
),

newest as (
    select * from seen
    qualify row_number() over (
        partition by source, id order by updated_at desc nulls last, status asc nulls last
    ) = 1
),

-- A task without an owner is nobody's task.
tasks as (
    select * from newest
    where owner_id is not null
),

present as (
    select * from {{ ref('stg_hubspot__present') }}
    where kind = 'tasks'
),

linked as (
    select * from {{ ref('stg_hubspot__activity_links') }}
    where kind = 'tasks'
),

renamed as (
    select
        tasks.source,
        -- ids
        tasks.id as task_id,
        tasks.owner_id as user_id,
        linked.lead_id,
        linked.deal_id,
        linked.contact_id,
        -- text
        tasks.type as kind,
        -- booleans
        present.is_archived as is_deleted,
        -- times
        tasks.created_at,
        tasks.due_at,
        -- On an open task the vendor may keep the due time there.
        case
            when tasks.status = 'COMPLETED' then coalesce(tasks.completed_at, tasks.updated_at)
        end as completed_at,
        tasks.updated_at
    from tasks
    inner join present
        on
            tasks.source = present.source
            and tasks.id = present.id
    left join linked
        on
            tasks.source = linked.source
            and tasks.id = linked.id
)

select * from renamed
