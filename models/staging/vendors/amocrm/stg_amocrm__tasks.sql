with

tasks as (
    select * from {{ landed('amocrm', 'tasks') }}
),

task_events as (
    select * from {{ landed('amocrm', 'task_events') }}
),

account as (
    select * from {{ landed('amocrm', 'account') }}
),

listed_types as (
    select
        source,
        {{ json_rows('task_types', ['id', 'name']) }} as item
    from account
),

task_types as (
    select
        source,
        item['id'] as task_type_id,
        item['name'] as name
    from listed_types
),

cards as (
    select * from {{ ref('stg_amocrm__cards') }}
),

ends as (
    select
        source,
        entity_id as id,
        max(case when type = 'task_completed' then created_at end) as completed_at,
        max(case when type = 'task_deleted' then created_at end) as deleted_at
    from task_events
    group by source, entity_id
),

renamed as (
    select
        tasks.source,
        -- ids
        tasks.id as task_id,
        tasks.responsible_user_id as user_id,
        case
            when tasks.entity_type = 'leads' and cards.was_lead then tasks.entity_id
        end as lead_id,
        case
            when tasks.entity_type = 'leads' and not coalesce(cards.is_lead, false)
                then tasks.entity_id
        end as deal_id,
        case when tasks.entity_type = 'contacts' then tasks.entity_id end
            as contact_id,
        -- text
        coalesce(task_types.name, tasks.task_type_id) as kind,
        -- booleans
        ends.deleted_at is not null as is_deleted,
        -- times
        tasks.created_at,
        tasks.complete_till as due_at,
        -- The list of tasks has only whether it is completed.
        case
            when tasks.is_completed then coalesce(ends.completed_at, tasks.updated_at)
        end as completed_at,
        coalesce(ends.deleted_at, tasks.updated_at) as updated_at
    from tasks
    left join cards
        on
            tasks.source = cards.source
            and tasks.entity_type = 'leads'
            and tasks.entity_id = cards.id
    left join task_types
        on
            tasks.source = task_types.source
            and tasks.task_type_id = task_types.task_type_id
    left join ends
        on
            tasks.source = ends.source
            and tasks.id = ends.id
)

select * from renamed
