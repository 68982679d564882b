with

tasks as (
    select * from {{ ref('int_tasks__resolved') }}
),

customers as (
    select * from {{ ref('int_customers__identified') }}
),

marked_records as (
    select * from {{ ref('int_records__marked') }}
),

marked_customers as (
    select * from {{ ref('int_customers__marked') }}
),

identified as (
    select
        tasks.task_id,
        tasks.source,
        tasks.kind,
        tasks.created_at,
        {{ business_date('tasks.created_at') }} as created_on,
        tasks.due_at,
        {{ business_date('tasks.due_at') }} as due_on,
        tasks.completed_at,
        {{ business_date('tasks.completed_at') }} as completed_on,
        tasks.completed_at is null and coalesce(tasks.due_at < {{ as_of_end() }}, false)
            as is_overdue,
        tasks.manager_id,
        coalesce(deals.customer_id, leads.customer_id, contacts.customer_id) as customer_id,
        deals.record_id as deal_id,
        leads.record_id as lead_id
    from tasks
    left join customers as leads
        on
            leads.record_type = 'lead'
            and tasks.lead_id = leads.record_id
    left join customers as deals
        on
            deals.record_type = 'deal'
            and tasks.deal_id = deals.record_id
    left join customers as contacts
        on
            contacts.record_type = 'contact'
            and tasks.contact_id = contacts.record_id
),

joined as (
    {{ with_test_mark('identified') | indent(4) }}
)

select * from joined
