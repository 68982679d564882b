with

tasks as (
    select * from {{ ref('stg_entities__tasks') }}
    where created_at < {{ as_of_end() }} and not coalesce(is_deleted, false)
),

survivors as (
    select * from {{ ref('int_merges__resolved') }}
),

resolved as (
    select
        tasks.source,
        tasks.task_id,
        tasks.kind,
        tasks.created_at,
        tasks.due_at,
        -- A task that is completed after the as_of day is still open.
        case when tasks.completed_at < {{ as_of_end() }} then tasks.completed_at end
            as completed_at,
        coalesce(users.survivor_id, tasks.user_id) as manager_id,
        coalesce(contacts.survivor_id, tasks.contact_id) as contact_id,
        coalesce(leads.survivor_id, tasks.lead_id) as lead_id,
        coalesce(deals.survivor_id, tasks.deal_id) as deal_id
    from tasks
    left join survivors as users
        on
            users.entity = 'users'
            and tasks.user_id = users.loser_id
    left join survivors as contacts
        on
            contacts.entity = 'contacts'
            and tasks.contact_id = contacts.loser_id
    left join survivors as leads
        on
            leads.entity = 'leads'
            and tasks.lead_id = leads.loser_id
    left join survivors as deals
        on
            deals.entity = 'deals'
            and tasks.deal_id = deals.loser_id
)

select * from resolved
