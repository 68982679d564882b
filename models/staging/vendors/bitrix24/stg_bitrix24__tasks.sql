with

tasks as (
    select * from {{ landed('bitrix24', 'tasks') }}
    where coalesce(responsible_id, '0') != '0'
),

gone as (
    select * from {{ ref('stg_bitrix24__gone') }}
    where entity = 'tasks'
),

renamed as (
    select
        tasks.source,
        -- ids
        tasks.id as task_id,
        tasks.responsible_id as user_id,
        -- 1 is a lead, 2 a deal, 3 a contact.
        case when tasks.owner_type_id = '1' then tasks.owner_id end as lead_id,
        case when tasks.owner_type_id = '2' then tasks.owner_id end as deal_id,
        case when tasks.owner_type_id = '3' then tasks.owner_id end as contact_id,
        -- text
        tasks.provider as kind,
        -- booleans
        gone.id is not null as is_deleted,
        -- times
        tasks.created_at,
        -- The last days of the calendar mean that there is none.
        case when tasks.due_at < cast('9000-01-01' as timestamp) then tasks.due_at end
            as due_at,
        case when tasks.completed = 'Y' then tasks.updated_at end as completed_at,
        tasks.updated_at
    from tasks
    left join gone
        on
            tasks.source = gone.source
            and tasks.id = gone.id
)

select * from renamed
